// 驿站对接示例，Node.js 18 及以上，只用标准库：签名、报送、按幂等键安全重发、核对推送的签名。
// Yizhan in Node.js 18 or later, standard library only: sign, push, retry safely, check the signature of a webhook.
//
//   export YIZHAN_URL=https://gateway.example YIZHAN_KEY_ID=yz... YIZHAN_SECRET=...
//   node yizhan.mjs push contract.json ERP-2026-000123-1
//   YIZHAN_WEBHOOK_SECRET=whsec_... node yizhan.mjs verify delivery.txt
//
// 退出码：0 完成；1 被拒绝，须更正；2 用法有误；75 未送达，稍后以同一幂等键再次执行。
// Exit status: 0 done; 1 refused, correct it; 2 usage; 75 not delivered, run it again later with the same key.

import { createHash, createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as pass } from "node:timers/promises";

const SCHEME = "YIZHAN2-HMAC-SHA256";
const TARGET = "/v1/contracts";
const TYPE = "application/json";
const ATTEMPTS = 8;
const TOLERANCE_SECONDS = 300;
const RETRIABLE = new Set([408, 429, 500, 502, 503, 504, 507]);
const STORED = new Set(["accepted", "amended", "unchanged"]);

const now = () => Math.floor(Date.now() / 1000);
let ahead = 0; // 平台时钟比本机快的秒数 how many seconds their clock is ahead of ours

function setting(name) {
  const value = process.env[name];
  if (!value) {
    console.error(`请设置环境变量 set ${name}`);
    process.exit(2);
  }
  return value;
}

/** 每次发送都重新签名：随机数只能用一次。Signed anew each time: a nonce is good once. */
function signed(body, key) {
  const [timestamp, nonce] = [String(now() + ahead), randomUUID()];
  const digest = createHash("sha256").update(body).digest("hex");
  const [query, prefer, ifMatch] = ["", "", ""]; // 没有的内容为空行 what is not there is an empty line
  const lines = [SCHEME, "POST", TARGET, query, timestamp, nonce, key, prefer, TYPE, ifMatch, digest];
  const signature = createHmac("sha256", setting("YIZHAN_SECRET")).update(lines.join("\n")).digest("hex");
  const credential = setting("YIZHAN_KEY_ID");
  return {
    "Content-Type": TYPE,
    "Idempotency-Key": key,
    Authorization: `${SCHEME} Credential=${credential}, Timestamp=${timestamp}, Nonce=${nonce}, Signature=${signature}`,
  };
}

/** 报送一份文件。幂等键由贵方确定，重发时不变。Push a document; the idempotency key is yours and stays the same. */
async function push(body, key) {
  const url = setting("YIZHAN_URL").replace(/\/+$/, "") + TARGET;
  let [reason, hasLearned] = ["", false];
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    let pause = Math.min(30, 0.5 * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
    const request = { method: "POST", headers: signed(body, key), body, redirect: "manual" };
    try {
      const answer = await fetch(url, { ...request, signal: AbortSignal.timeout(60_000) });
      const said = document(await answer.text());
      if (answer.status < 300) return tell(said) ? 0 : 1;
      reason = `${answer.status} ${said.code ?? ""}`;
      if (said.code === "AUTH-003" && !hasLearned) {
        // 以答复的 Date 校准时钟 take their clock from the Date of the answer
        [ahead, hasLearned, pause] = [Math.round(Date.parse(answer.headers.get("date")) / 1000) - now() || 0, true, 0];
      } else if (!RETRIABLE.has(answer.status)) {
        tell(said);
        console.error(`${reason} ${said.title ?? ""}：${said.detail ?? ""}`);
        return 1;
      }
      const asked = Number.parseInt(answer.headers.get("retry-after"), 10);
      if (asked >= 0) pause = asked;
    } catch (lost) {
      // 没有收到答复：可能已登记，只能以同一幂等键重发 no answer: it may have been stored, the same key again
      reason = String(lost.cause ?? lost);
    }
    console.error(`第 ${attempt} 次未成 attempt ${attempt}: ${reason}`);
    if (attempt < ATTEMPTS) await pass(pause * 1000);
  }
  console.error(`未送达，请稍后以同一幂等键再次执行 not delivered, run it again with the same key: ${reason}`);
  return 75;
}

/** 逐条打印结果，全部入库时为真。Prints the fate of each record; true when all are stored. */
function tell({ records = [] }) {
  for (const { status, key, code_printed: code, findings } of records) {
    console.log(`${status} ${key} ${code ?? ""}`);
    for (const finding of findings) {
      console.log(`  ${finding.code} ${finding.locator} ${finding.reason.zh}；${finding.advice.zh}`);
    }
  }
  return records.every(({ status }) => STORED.has(status));
}

/** 一个 JSON 对象；不是 JSON 时（例如中间代理的错误页）为空。An object; empty for what is none, such as a proxy's page. */
function document(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** 核对推送：文件为请求头、空行、正文。Checks a delivery: a file of headers, an empty line, the body. */
function verify(delivery) {
  const text = delivery.toString("latin1"); // 正文逐字节原样 the body, byte for byte
  const [blank] = text.match(/\r?\n\r?\n/) ?? [""];
  const [head, body] = [text.slice(0, text.indexOf(blank)), text.slice(text.indexOf(blank) + blank.length)];
  const headers = Object.fromEntries(
    head.split(/\r?\n/).map((line) => {
      const [name, ...value] = line.split(":");
      return [name.toLowerCase(), value.join(":").trim()];
    }),
  );
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures = "" } = headers;
  if (!(Math.abs(now() - Number(timestamp)) <= TOLERANCE_SECONDS)) {
    console.error("时间戳过旧，或时钟有误 too old, or a clock is wrong");
    return 1;
  }
  // 更换密钥期间有两个密钥、两个签名 two secrets and two signatures while it is changed
  for (const secret of setting("YIZHAN_WEBHOOK_SECRET").split(" ")) {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    const made = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`, "latin1").digest("base64");
    if (signatures.split(" ").some((signature) => isSame(signature, `v1,${made}`))) {
      console.log(`verified ${id} ${document(Buffer.from(body, "latin1").toString()).type}`);
      return 0;
    }
  }
  console.error("签名不符 the signature does not match");
  return 1;
}

function isSame(given, made) {
  const [one, other] = [Buffer.from(given), Buffer.from(made)];
  return one.length === other.length && timingSafeEqual(one, other);
}

const [command, file, key] = process.argv.slice(2);
if (command === "push" && key) {
  process.exitCode = await push(await readFile(file), key);
} else if (command === "verify" && file) {
  process.exitCode = verify(await readFile(file));
} else {
  console.error("用法 usage: push FILE KEY | verify FILE");
  process.exitCode = 2;
}
