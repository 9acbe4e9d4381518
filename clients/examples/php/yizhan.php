<?php
// 驿站对接示例，PHP 8.0 及以上，只用标准库：签名、报送、按幂等键安全重发、核对推送的签名。
// Yizhan in PHP 8.0 or later, standard library only: sign, push, retry safely, check the signature of a webhook.
//
//   export YIZHAN_URL=https://gateway.example YIZHAN_KEY_ID=yz... YIZHAN_SECRET=...
//   php yizhan.php push contract.json ERP-2026-000123-1
//   YIZHAN_WEBHOOK_SECRET=whsec_... php yizhan.php verify delivery.txt
//
// 退出码：0 完成；1 被拒绝，须更正；2 用法有误；75 未送达，稍后以同一幂等键再次执行。
// Exit status: 0 done; 1 refused, correct it; 2 usage; 75 not delivered, run it again later with the same key.

declare(strict_types=1);

const SCHEME = 'YIZHAN2-HMAC-SHA256';
const TARGET = '/v1/contracts';
const TYPE = 'application/json';
const ATTEMPTS = 8;
const TOLERANCE_SECONDS = 300;
const RETRIABLE = [408, 429, 500, 502, 503, 504, 507];

function setting(string $name): string
{
    $value = (string) getenv($name);
    if ($value === '') {
        fwrite(STDERR, "请设置环境变量 set $name\n");
        exit(2);
    }
    return $value;
}

/** 每次发送都重新签名：随机数只能用一次。Signed anew each time: a nonce is good once. */
function authorization(string $body, string $key, int $ahead): string
{
    [$timestamp, $nonce] = [(string) (time() + $ahead), bin2hex(random_bytes(16))];
    [$query, $prefer, $ifMatch] = ['', '', ''];   // 没有的内容为空行 what is not there is an empty line
    $lines = [SCHEME, 'POST', TARGET, $query, $timestamp, $nonce, $key, $prefer, TYPE, $ifMatch, hash('sha256', $body)];
    $signature = hash_hmac('sha256', implode("\n", $lines), setting('YIZHAN_SECRET'));
    $keyId = setting('YIZHAN_KEY_ID');
    return SCHEME . " Credential=$keyId, Timestamp=$timestamp, Nonce=$nonce, Signature=$signature";
}

/** 答复的状态、响应头与正文；没有收到答复时为 null。Status, headers and body of the answer; null when none came. */
function sent(string $body, string $key, int $ahead): ?array
{
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => [
            'Content-Type: ' . TYPE,
            "Idempotency-Key: $key",
            'Authorization: ' . authorization($body, $key, $ahead),
        ],
        'content' => $body,
        'timeout' => 60,
        'follow_location' => 0,
        'ignore_errors' => true,   // 被拒绝时也读取正文 the body of a refusal is read too
    ]]);
    $content = @file_get_contents(rtrim(setting('YIZHAN_URL'), '/') . TARGET, false, $context);
    if ($content === false || !isset($http_response_header)) {
        return null;
    }
    $headers = [];
    foreach (array_slice($http_response_header, 1) as $line) {
        [$name, $value] = explode(':', $line, 2) + [1 => ''];
        $headers[strtolower($name)] = trim($value);
    }
    return [(int) explode(' ', $http_response_header[0])[1], $headers, $content];
}

/** 报送一份文件。幂等键由贵方确定，重发时不变。Push a document; the idempotency key is yours and stays the same. */
function push(string $body, string $key): int
{
    [$ahead, $hasLearned, $reason] = [0, false, ''];
    for ($attempt = 1; $attempt <= ATTEMPTS; $attempt++) {
        $pause = min(30, 0.5 * 2 ** ($attempt - 1)) * random_int(50, 100) / 100;
        $answer = sent($body, $key, $ahead);
        if ($answer === null) {   // 可能已登记，只能以同一幂等键重发 it may have been stored: the same key again
            $reason = '没有收到答复 no answer';
        } else {
            [$status, $headers, $content] = $answer;
            $said = json_decode($content, true);
            $said = is_array($said) ? $said : [];   // 例如中间代理的错误页 such as a proxy's page
            if ($status < 300) {
                return tell($said) ? 0 : 1;
            }
            $code = $said['code'] ?? '';
            $reason = "$status $code";
            if ($code === 'AUTH-003' && !$hasLearned) {   // 以答复的 Date 校准时钟 take their clock from the Date
                [$ahead, $hasLearned, $pause] = [strtotime($headers['date'] ?? 'now') - time(), true, 0];
            } elseif (!in_array($status, RETRIABLE, true)) {
                tell($said);
                fwrite(STDERR, "$reason " . ($said['title'] ?? '') . '：' . ($said['detail'] ?? '') . "\n");
                return 1;
            }
            $asked = $headers['retry-after'] ?? '';
            $pause = ctype_digit($asked) ? (int) $asked : $pause;
        }
        fwrite(STDERR, "第 $attempt 次未成 attempt $attempt: $reason\n");
        if ($attempt < ATTEMPTS) {
            usleep((int) ($pause * 1_000_000));
        }
    }
    fwrite(STDERR, "未送达，请稍后以同一幂等键再次执行 not delivered, run it again with the same key: $reason\n");
    return 75;
}

/** 逐条打印结果，全部入库时为真。Prints the fate of each record; true when all are stored. */
function tell(array $said): bool
{
    $isStored = true;
    foreach ($said['records'] ?? [] as $record) {
        $isStored = $isStored && in_array($record['status'], ['accepted', 'amended', 'unchanged'], true);
        echo "{$record['status']} {$record['key']} " . ($record['code_printed'] ?? '') . "\n";
        foreach ($record['findings'] as $finding) {
            echo "  {$finding['code']} {$finding['locator']} {$finding['reason']['zh']}；{$finding['advice']['zh']}\n";
        }
    }
    return $isStored;
}

/** 核对推送：文件为请求头、空行、正文。Checks a delivery: a file of headers, an empty line, the body. */
function verify(string $delivery): int
{
    [$head, $body] = preg_split('/\r?\n\r?\n/', $delivery, 2) + [1 => ''];   // 正文逐字节原样 the body, byte for byte
    $headers = [];
    foreach (preg_split('/\r?\n/', $head) as $line) {
        [$name, $value] = explode(':', $line, 2) + [1 => ''];
        $headers[strtolower($name)] = trim($value);
    }
    [$id, $timestamp] = [$headers['webhook-id'] ?? '', $headers['webhook-timestamp'] ?? ''];
    if (abs(time() - (int) $timestamp) > TOLERANCE_SECONDS) {
        fwrite(STDERR, "时间戳过旧，或时钟有误 too old, or a clock is wrong\n");
        return 1;
    }
    foreach (explode(' ', setting('YIZHAN_WEBHOOK_SECRET')) as $secret) {   // 更换密钥期间有两个 two while it is changed
        $key = base64_decode(preg_replace('/^whsec_/', '', $secret), true);
        $made = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", (string) $key, true));
        foreach (explode(' ', $headers['webhook-signature'] ?? '') as $signature) {
            if (hash_equals($made, $signature)) {
                echo "verified $id " . (json_decode($body, true)['type'] ?? '') . "\n";
                return 0;
            }
        }
    }
    fwrite(STDERR, "签名不符 the signature does not match\n");
    return 1;
}

[$command, $file, $key] = array_slice($argv, 1) + ['', '', ''];
if ($command === 'push' && $argc === 4) {
    exit(push(file_get_contents($file), $key));
}
if ($command === 'verify' && $argc === 3) {
    exit(verify(file_get_contents($file)));
}
fwrite(STDERR, "用法 usage: push FILE KEY | verify FILE\n");
exit(2);
