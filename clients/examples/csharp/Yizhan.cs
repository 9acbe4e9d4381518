// 驿站对接示例，.NET 8 及以上，只用标准库：签名、报送、按幂等键安全重发、核对推送的签名。
// Yizhan in .NET 8 or later, standard library only: sign, push, retry safely, check the signature of a webhook.
//
//   dotnet new console -o yizhan && cp Yizhan.cs yizhan/Program.cs && cd yizhan
//   export YIZHAN_URL=https://gateway.example YIZHAN_KEY_ID=yz... YIZHAN_SECRET=...
//   dotnet run -- push contract.json ERP-2026-000123-1
//   YIZHAN_WEBHOOK_SECRET=whsec_... dotnet run -- verify delivery.txt
//
// 退出码：0 完成；1 被拒绝，须更正；2 用法有误；75 未送达，稍后以同一幂等键再次执行。
// Exit status: 0 done; 1 refused, correct it; 2 usage; 75 not delivered, run it again later with the same key.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net.Http;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

return args switch
{
    ["push", var file, var key] => await Yizhan.Push(await File.ReadAllBytesAsync(file), key),
    ["verify", var file] => Yizhan.Verify(await File.ReadAllBytesAsync(file)),
    _ => Yizhan.Failed("用法 usage: push FILE KEY | verify FILE", 2),
};

static class Yizhan
{
    const string Scheme = "YIZHAN2-HMAC-SHA256", Target = "/v1/contracts", MediaType = "application/json";
    const int Attempts = 8, ToleranceSeconds = 300;
    static readonly HashSet<int> Retriable = [408, 429, 500, 502, 503, 504, 507];
    static readonly HashSet<string> Stored = ["accepted", "amended", "unchanged"];
    static long ahead;   // 平台时钟比本机快的秒数 how many seconds their clock is ahead of ours

    static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    // 报送一份文件。幂等键由贵方确定，重发时不变。Push a document; the idempotency key is yours and stays the same.
    public static async Task<int> Push(byte[] body, string key)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        client.Timeout = TimeSpan.FromSeconds(60);
        var (reason, hasLearned) = ("", false);
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var pause = Math.Min(30, 0.5 * Math.Pow(2, attempt - 1)) * (0.5 + Random.Shared.NextDouble() / 2);
            try
            {
                using var request = Signed(body, key);
                using var answer = await client.SendAsync(request);
                var status = (int)answer.StatusCode;
                var said = Document(await answer.Content.ReadAsStringAsync());
                if (status < 300) return Tell(said) ? 0 : 1;
                reason = $"{status} {Text(said, "code")}";
                if (Text(said, "code") == "AUTH-003" && !hasLearned && answer.Headers.Date is { } date)
                {
                    // 以答复的 Date 校准时钟 take their clock from the Date of the answer
                    (ahead, hasLearned, pause) = (date.ToUnixTimeSeconds() - Now, true, 0);
                }
                else if (!Retriable.Contains(status))
                {
                    Tell(said);
                    return Failed($"{reason} {Text(said, "title")}：{Text(said, "detail")}", 1);
                }
                pause = answer.Headers.RetryAfter?.Delta?.TotalSeconds ?? pause;
            }
            catch (Exception lost) when (lost is HttpRequestException or IOException or TaskCanceledException)
            {
                // 没有收到答复：可能已登记，只能以同一幂等键重发 no answer: it may have been stored, the same key again
                reason = lost.Message;
            }
            Console.Error.WriteLine($"第 {attempt} 次未成 attempt {attempt}: {reason}");
            if (attempt < Attempts) await Task.Delay(TimeSpan.FromSeconds(pause));
        }
        return Failed($"未送达，请稍后以同一幂等键再次执行 not delivered, run it again with the same key: {reason}", 75);
    }

    // 每次发送都重新签名：随机数只能用一次。Signed anew each time: a nonce is good once.
    static HttpRequestMessage Signed(byte[] body, string key)
    {
        var timestamp = (Now + ahead).ToString(CultureInfo.InvariantCulture);
        var nonce = Guid.NewGuid().ToString("N");
        var (query, prefer, ifMatch) = ("", "", "");   // 没有的内容为空行 what is not there is an empty line
        var lines = string.Join('\n', Scheme, "POST", Target, query, timestamp, nonce, key, prefer, MediaType, ifMatch,
            Hex(SHA256.HashData(body)));
        var secret = Encoding.UTF8.GetBytes(Setting("YIZHAN_SECRET"));
        var signature = Hex(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(lines)));
        var request = new HttpRequestMessage(HttpMethod.Post, Setting("YIZHAN_URL").TrimEnd('/') + Target)
        {
            Content = new ByteArrayContent(body),
        };
        // 不作解析、原样发出，且不复用连接：.NET 会在复用的连接上自行重发，而随机数只能用一次。
        // Sent as they stand, on a connection of its own: .NET may send again by itself on one that it uses again, and
        // a nonce is good once.
        request.Content.Headers.TryAddWithoutValidation("Content-Type", MediaType);
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        var keyId = Setting("YIZHAN_KEY_ID");
        request.Headers.TryAddWithoutValidation("Authorization",
            $"{Scheme} Credential={keyId}, Timestamp={timestamp}, Nonce={nonce}, Signature={signature}");
        request.Headers.ConnectionClose = true;
        return request;
    }

    // 逐条打印结果，全部入库时为真。Prints the fate of each record; true when all are stored.
    static bool Tell(JsonElement said)
    {
        if (!said.TryGetProperty("records", out var records)) return true;
        var isStored = true;
        foreach (var record in records.EnumerateArray())
        {
            isStored &= Stored.Contains(Text(record, "status"));
            Console.WriteLine($"{Text(record, "status")} {Text(record, "key")} {Text(record, "code_printed")}");
            foreach (var finding in record.GetProperty("findings").EnumerateArray())
            {
                var (reason, advice) = (finding.GetProperty("reason"), finding.GetProperty("advice"));
                var words = Text(reason, "zh") + "；" + Text(advice, "zh");
                Console.WriteLine($"  {Text(finding, "code")} {Text(finding, "locator")} {words}");
            }
        }
        return isStored;
    }

    // 核对推送：文件为请求头、空行、正文。Checks a delivery: a file of headers, an empty line, the body.
    public static int Verify(byte[] delivery)
    {
        var parts = new Regex("\r?\n\r?\n").Split(Encoding.Latin1.GetString(delivery), 2);   // 逐字节 byte for byte
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in parts[0].Split('\n'))
        {
            if (line.Split(':', 2) is [var name, var value]) headers[name] = value.Trim();
        }
        var (id, timestamp) = (headers.GetValueOrDefault("webhook-id"), headers.GetValueOrDefault("webhook-timestamp"));
        var isNumber = long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds);
        if (!isNumber || seconds < Now - ToleranceSeconds || seconds > Now + ToleranceSeconds)
        {
            return Failed("时间戳过旧，或时钟有误 too old, or a clock is wrong", 1);
        }
        var body = Encoding.Latin1.GetBytes(parts.Length == 2 ? parts[1] : "");
        byte[] signed = [.. Encoding.Latin1.GetBytes($"{id}.{timestamp}."), .. body];
        foreach (var secret in Setting("YIZHAN_WEBHOOK_SECRET").Split(' '))   // 更换密钥期间有两个 two while it is changed
        {
            var key = Convert.FromBase64String(secret.StartsWith("whsec_") ? secret["whsec_".Length..] : secret);
            var made = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)));
            foreach (var signature in headers.GetValueOrDefault("webhook-signature", "").Split(' '))
            {
                if (!CryptographicOperations.FixedTimeEquals(made, Encoding.UTF8.GetBytes(signature))) continue;
                Console.WriteLine($"verified {id} {Text(Document(Encoding.UTF8.GetString(body)), "type")}");
                return 0;
            }
        }
        return Failed("签名不符 the signature does not match", 1);
    }

    // 一个 JSON 对象；不是 JSON 时（例如中间代理的错误页）为空。An object; empty for what is none, such as a proxy's page.
    static JsonElement Document(string text)
    {
        try
        {
            var found = JsonDocument.Parse(text).RootElement;
            if (found.ValueKind == JsonValueKind.Object) return found;
        }
        catch (JsonException)
        {
            // 当作空对象 taken for an empty one
        }
        return JsonDocument.Parse("{}").RootElement;
    }

    static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var found) && found.ValueKind is JsonValueKind.String ? found.GetString()! : "";

    static string Hex(byte[] bytes) => Convert.ToHexString(bytes).ToLowerInvariant();

    static string Setting(string name)
    {
        var value = Environment.GetEnvironmentVariable(name);
        if (string.IsNullOrEmpty(value)) Environment.Exit(Failed($"请设置环境变量 set {name}", 2));
        return value!;
    }

    public static int Failed(string reason, int status)
    {
        Console.Error.WriteLine(reason);
        return status;
    }
}
