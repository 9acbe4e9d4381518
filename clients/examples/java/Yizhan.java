// 驿站对接示例，Java 17 及以上，只用标准库：签名、报送、按幂等键安全重发、核对推送的签名。
// Yizhan in Java 17 or later, standard library only: sign, push, retry safely, check the signature of a webhook.
//
//   export YIZHAN_URL=https://gateway.example YIZHAN_KEY_ID=yz... YIZHAN_SECRET=...
//   java Yizhan.java push contract.json ERP-2026-000123-1
//   YIZHAN_WEBHOOK_SECRET=whsec_... java Yizhan.java verify delivery.txt
//
// 退出码：0 完成；1 被拒绝，须更正；2 用法有误；75 未送达，稍后以同一幂等键再次执行。
// Exit status: 0 done; 1 refused, correct it; 2 usage; 75 not delivered, run it again later with the same key.

import java.io.IOException;
import java.net.URI;
import java.net.http.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.*;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.*;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Yizhan {
    static final String SCHEME = "YIZHAN2-HMAC-SHA256", TARGET = "/v1/contracts", TYPE = "application/json";
    static final int ATTEMPTS = 8, TOLERANCE_SECONDS = 300;
    static final Set<Integer> RETRIABLE = Set.of(408, 429, 500, 502, 503, 504, 507);
    static long ahead;   // 平台时钟比本机快的秒数 how many seconds their clock is ahead of ours

    public static void main(String[] words) throws Exception {
        if (words.length == 3 && words[0].equals("push")) {
            System.exit(push(Files.readAllBytes(Path.of(words[1])), words[2]));
        }
        if (words.length == 2 && words[0].equals("verify")) {
            System.exit(verify(Files.readAllBytes(Path.of(words[1]))));
        }
        System.err.println("用法 usage: push FILE KEY | verify FILE");
        System.exit(2);
    }

    /** 报送一份文件。幂等键由贵方确定，重发时不变。Push a document; the idempotency key is yours and stays the same. */
    static int push(byte[] body, String key) throws Exception {
        HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
        String reason = "";
        boolean hasLearned = false;
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            double pause = Math.min(30, 0.5 * Math.pow(2, attempt - 1)) * (0.5 + Math.random() / 2);
            try {
                HttpResponse<String> answer = client.send(signed(body, key), HttpResponse.BodyHandlers.ofString());
                Map<?, ?> said = document(answer.body());
                if (answer.statusCode() < 300) return tell(said) ? 0 : 1;
                reason = answer.statusCode() + " " + said.get("code");
                if ("AUTH-003".equals(said.get("code")) && !hasLearned) {
                    hasLearned = learn(answer.headers());
                    pause = 0;
                } else if (!RETRIABLE.contains(answer.statusCode())) {
                    tell(said);
                    System.err.println(reason + " " + said.get("title") + "：" + said.get("detail"));
                    return 1;
                }
                pause = answer.headers().firstValue("Retry-After").filter(asked -> asked.matches("\\d{1,6}"))
                    .map(Double::valueOf).orElse(pause);
            } catch (IOException lost) {   // 可能已登记，只能以同一幂等键重发 it may have been stored: the same key again
                reason = lost.toString();
            }
            System.err.printf("第 %d 次未成 attempt %d: %s%n", attempt, attempt, reason);
            if (attempt < ATTEMPTS) Thread.sleep((long) (pause * 1000));
        }
        System.err.println("未送达，请稍后以同一幂等键再次执行 not delivered, run it again with the same key: " + reason);
        return 75;
    }

    /** 每次发送都重新签名：随机数只能用一次。Signed anew each time: a nonce is good once. */
    static HttpRequest signed(byte[] body, String key) throws GeneralSecurityException {
        String timestamp = String.valueOf(Instant.now().getEpochSecond() + ahead), nonce = UUID.randomUUID().toString();
        String digest = hex(MessageDigest.getInstance("SHA-256").digest(body));
        String path = TARGET, query = "", prefer = "", ifMatch = "";   // 没有的内容为空行 what is not there is empty
        String lines = String.join("\n",
            SCHEME, "POST", path, query, timestamp, nonce, key, prefer, TYPE, ifMatch, digest);
        String signature = hex(hmac(utf8(setting("YIZHAN_SECRET")), utf8(lines)));
        return HttpRequest.newBuilder(URI.create(setting("YIZHAN_URL").replaceAll("/+$", "") + path))
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", TYPE)
            .header("Idempotency-Key", key)
            .header("Authorization", "%s Credential=%s, Timestamp=%s, Nonce=%s, Signature=%s"
                .formatted(SCHEME, setting("YIZHAN_KEY_ID"), timestamp, nonce, signature))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    }

    /** 逐条打印结果，全部入库时为真。Prints the fate of each record; true when all are stored. */
    static boolean tell(Map<?, ?> said) {
        boolean isStored = true;
        for (Object each : said.get("records") instanceof List<?> records ? records : List.of()) {
            Map<?, ?> record = (Map<?, ?>) each;
            isStored &= Set.of("accepted", "amended", "unchanged").contains(record.get("status"));
            System.out.println(record.get("status") + " " + record.get("key") + " " + record.get("code_printed"));
            for (Object one : (List<?>) record.get("findings")) {
                Map<?, ?> finding = (Map<?, ?>) one;
                System.out.printf("  %s %s %s；%s%n", finding.get("code"), finding.get("locator"),
                    ((Map<?, ?>) finding.get("reason")).get("zh"), ((Map<?, ?>) finding.get("advice")).get("zh"));
            }
        }
        return isStored;
    }

    /** 核对推送：文件为请求头、空行、正文。Checks a delivery: a file of headers, an empty line, the body. */
    static int verify(byte[] delivery) throws GeneralSecurityException {
        String text = new String(delivery, StandardCharsets.ISO_8859_1);   // 逐字节 byte for byte
        String[] parts = text.split("\r?\n\r?\n", 2);
        Map<String, String> headers = new HashMap<>();
        for (String line : parts[0].split("\r?\n")) {
            String[] header = line.split(":", 2);
            if (header.length == 2) headers.put(header[0].toLowerCase(Locale.ROOT), header[1].strip());
        }
        String id = headers.get("webhook-id"), timestamp = headers.getOrDefault("webhook-timestamp", "");
        long at = timestamp.matches("\\d{1,12}") ? Long.parseLong(timestamp) : 0;
        if (Math.abs(Instant.now().getEpochSecond() - at) > TOLERANCE_SECONDS) {
            System.err.println("时间戳过旧，或时钟有误 too old, or a clock is wrong");
            return 1;
        }
        String body = parts.length == 2 ? parts[1] : "";
        byte[] signed = (id + "." + timestamp + "." + body).getBytes(StandardCharsets.ISO_8859_1);
        for (String given : setting("YIZHAN_WEBHOOK_SECRET").split(" ")) {   // 更换密钥期间有两个 two while it is changed
            byte[] key = Base64.getDecoder().decode(given.replaceFirst("^whsec_", ""));
            byte[] made = utf8("v1," + Base64.getEncoder().encodeToString(hmac(key, signed)));
            for (String signature : headers.getOrDefault("webhook-signature", "").split(" ")) {
                if (MessageDigest.isEqual(made, utf8(signature))) {
                    System.out.println("verified " + id + " " + document(body).get("type"));
                    return 0;
                }
            }
        }
        System.err.println("签名不符 the signature does not match");
        return 1;
    }

    static byte[] hmac(byte[] key, byte[] message) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(message);
    }

    /** 以答复的 Date 校准时钟。Takes their clock from the Date of the answer. */
    static boolean learn(HttpHeaders headers) {
        headers.firstValue("Date").ifPresent(date -> ahead = Instant.now().until(
            ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant(), ChronoUnit.SECONDS));
        return true;
    }

    static String setting(String name) {
        String value = System.getenv(name);
        if (value == null || value.isEmpty()) {
            System.err.println("请设置环境变量 set " + name);
            System.exit(2);
        }
        return value;
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /** 一个 JSON 对象；不是 JSON 时（例如中间代理的错误页）为空。An object; empty for what is none, such as a proxy's page. */
    static Map<?, ?> document(String text) {
        try {
            return new Json(text).value() instanceof Map<?, ?> map ? map : Map.of();
        } catch (RuntimeException notJson) {
            return Map.of();
        }
    }

    /** 标准库没有 JSON，此处够用：对象为 Map，数组为 List，其余为 String。The library has no JSON; this is enough here. */
    static final class Json {
        private final String text;
        private int at;

        Json(String text) {
            this.text = text;
        }

        Object value() {
            char first = next();
            if (first == '"') return string();
            if (first != '{' && first != '[') return word();
            Map<String, Object> map = new LinkedHashMap<>();
            List<Object> list = new ArrayList<>();
            for (at++; next() != '}' && text.charAt(at) != ']'; at += next() == ',' ? 1 : 0) {
                String name = first == '{' ? string() : "";
                if (first == '{' && next() == ':') at++;
                Object value = value();
                map.put(name, value);
                list.add(value);
            }
            at++;
            return first == '{' ? map : list;
        }

        private char next() {
            while (Character.isWhitespace(text.charAt(at))) at++;
            return text.charAt(at);
        }

        private String word() {
            int from = at;
            while (at < text.length() && ",:]} \r\n\t".indexOf(text.charAt(at)) < 0) at++;
            if (from == at) throw new IllegalArgumentException("no value at " + at);
            return text.substring(from, at);
        }

        private String string() {
            if (next() != '"') throw new IllegalArgumentException("no string at " + at);
            StringBuilder made = new StringBuilder();
            while (text.charAt(++at) != '"') {
                char found = text.charAt(at) == '\\' ? text.charAt(++at) : 0;
                if (found == 'u') made.append((char) Integer.parseInt(text.substring(at + 1, (at += 4) + 1), 16));
                else if (found == 0) made.append(text.charAt(at));
                else made.append("bfnrt".indexOf(found) < 0 ? found : "\b\f\n\r\t".charAt("bfnrt".indexOf(found)));
            }
            at++;
            return made.toString();
        }
    }
}
