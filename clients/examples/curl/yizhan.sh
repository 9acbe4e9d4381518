#!/usr/bin/env bash
# 驿站对接示例，用 curl、openssl、jq：签名、报送、按幂等键安全重发、核对推送的签名。适合试用与排查，正式系统请用其他语言：
# openssl 的参数会让本机其他用户在进程列表中看到密钥。
# Yizhan by curl, openssl and jq: sign, push, retry safely, check the signature of a webhook. Good for trying out and
# for finding faults; a system should use another language, because the arguments of openssl show the secret to other
# users of the machine.
#
#   export YIZHAN_URL=https://gateway.example YIZHAN_KEY_ID=yz... YIZHAN_SECRET=...
#   bash yizhan.sh push contract.json ERP-2026-000123-1
#   YIZHAN_WEBHOOK_SECRET=whsec_... bash yizhan.sh verify delivery.txt
#
# 退出码：0 完成；1 被拒绝，须更正；2 用法有误；75 未送达，稍后以同一幂等键再次执行。
# Exit status: 0 done; 1 refused, correct it; 2 usage; 75 not delivered, run it again later with the same key.
set -euo pipefail

readonly SCHEME=YIZHAN2-HMAC-SHA256 TARGET=/v1/contracts TYPE=application/json ATTEMPTS=8 TOLERANCE_SECONDS=300
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ahead=0 # 平台时钟比本机快的秒数 how many seconds their clock is ahead of ours

# 每次发送都重新签名：随机数只能用一次。没有的内容（查询、Prefer、If-Match）为空行。
# Signed anew each time: a nonce is good once. What is not there (query, Prefer, If-Match) is an empty line.
authorization() { # FILE KEY
  local timestamp nonce digest signature
  timestamp=$(($(date +%s) + ahead))
  nonce=$(openssl rand -hex 16)
  digest=$(openssl dgst -sha256 -r "$1" | cut -d' ' -f1)
  signature=$(printf '%s\n' "$SCHEME" POST "$TARGET" '' "$timestamp" "$nonce" "$2" '' "$TYPE" '' \
    | { cat; printf %s "$digest"; } | openssl dgst -sha256 -hmac "$YIZHAN_SECRET" -r | cut -d' ' -f1)
  echo "$SCHEME Credential=$YIZHAN_KEY_ID, Timestamp=$timestamp, Nonce=$nonce, Signature=$signature"
}

header() { # NAME FILE
  tr -d '\r' <"$2" | awk -v name="$1" \
    '{ at = index($0, ":") } at && tolower(substr($0, 1, at - 1)) == name { sub(/^[^:]*:[ \t]*/, ""); print; exit }'
}

# 逐条打印结果。Prints the fate of each record.
tell() {
  jq -r '.records[]? | "\(.status) \(.key) \(.code_printed // "")",
    (.findings[] | "  \(.code) \(.locator) \(.reason.zh)；\(.advice.zh)")' "$work/answer"
}

# 报送一份文件。幂等键由贵方确定，重发时不变。Push a document; the idempotency key is yours and stays the same.
push() { # FILE KEY
  local attempt status code reason pause asked learned=no
  : "${YIZHAN_URL:?}" "${YIZHAN_KEY_ID:?}" "${YIZHAN_SECRET:?}"
  for ((attempt = 1; attempt <= ATTEMPTS; attempt++)); do
    pause=$((attempt < 6 ? 1 << (attempt - 1) : 30))
    if status=$(curl -sS --max-time 60 -o "$work/answer" -D "$work/head" -w '%{http_code}' --data-binary @"$1" \
      -H "Content-Type: $TYPE" -H "Idempotency-Key: $2" -H "Authorization: $(authorization "$1" "$2")" \
      "${YIZHAN_URL%/}$TARGET" 2>"$work/error"); then
      # 不是 JSON 时为空，例如中间代理的错误页 empty for what is no JSON, such as a proxy's page
      jq -e 'type == "object"' "$work/answer" >/dev/null 2>&1 || echo '{}' >"$work/answer"
      if ((status < 300)); then
        tell
        jq -e 'all(.records[]?.status; IN("accepted", "amended", "unchanged"))' "$work/answer" >/dev/null
        return
      fi
      code=$(jq -r '.code // ""' "$work/answer") reason="$status $code"
      if [[ $code == AUTH-003 && $learned == no ]]; then # 以答复的 Date 校准时钟 take their clock from the Date
        ahead=$(($(date -d "$(header date "$work/head")" +%s) - $(date +%s))) learned=yes pause=0
      elif [[ ! $status =~ ^(408|429|500|502|503|504|507)$ ]]; then
        tell
        echo "$reason $(jq -r '"\(.title // "")：\(.detail // "")"' "$work/answer")" >&2
        return 1
      fi
      asked=$(header retry-after "$work/head")
      if [[ $asked =~ ^[0-9]+$ ]]; then pause=$asked; fi
    else # 没有收到答复：可能已登记，只能以同一幂等键重发 no answer: it may have been stored, the same key again
      reason=$(<"$work/error")
    fi
    echo "第 $attempt 次未成 attempt $attempt: $reason" >&2
    if ((attempt < ATTEMPTS)); then sleep "$pause"; fi
  done
  echo "未送达，请稍后以同一幂等键再次执行 not delivered, run it again with the same key: $reason" >&2
  return 75
}

# 核对推送：文件为请求头、空行、正文。Checks a delivery: a file of headers, an empty line, the body.
verify() { # FILE
  local blank id timestamp secret key made signature
  : "${YIZHAN_WEBHOOK_SECRET:?}"
  blank=$(awk '/^\r?$/ { print NR; exit }' "$1")
  head -n "$blank" "$1" >"$work/head"
  tail -n +$((blank + 1)) "$1" >"$work/answer" # 正文逐字节原样 the body, byte for byte
  id=$(header webhook-id "$work/head") timestamp=$(header webhook-timestamp "$work/head")
  if [[ ! $timestamp =~ ^[0-9]{1,12}$ ]] || (($(date +%s) - timestamp > TOLERANCE_SECONDS)) \
    || ((timestamp - $(date +%s) > TOLERANCE_SECONDS)); then
    echo "时间戳过旧，或时钟有误 too old, or a clock is wrong" >&2
    return 1
  fi
  for secret in $YIZHAN_WEBHOOK_SECRET; do # 更换密钥期间有两个 two while it is changed
    key=$(printf %s "${secret#whsec_}" | base64 -d | od -An -vtx1 | tr -d ' \n')
    made=v1,$({ printf '%s.%s.' "$id" "$timestamp"; cat "$work/answer"; } \
      | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
    for signature in $(header webhook-signature "$work/head"); do
      if [[ $signature == "$made" ]]; then
        echo "verified $id $(jq -r .type "$work/answer")"
        return
      fi
    done
  done
  echo "签名不符 the signature does not match" >&2
  return 1
}

case "${1-}/$#" in
  push/3) push "$2" "$3" ;;
  verify/2) verify "$2" ;;
  *) echo "用法 usage: push FILE KEY | verify FILE" >&2; exit 2 ;;
esac
