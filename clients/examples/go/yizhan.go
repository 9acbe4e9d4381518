// 驿站对接示例，Go 1.19 及以上，只用标准库：签名、报送、按幂等键安全重发、核对推送的签名。
// Yizhan in Go 1.19 or later, standard library only: sign, push, retry safely, check the signature of a webhook.
//
//	export YIZHAN_URL=https://gateway.example YIZHAN_KEY_ID=yz... YIZHAN_SECRET=...
//	go run yizhan.go push contract.json ERP-2026-000123-1
//	YIZHAN_WEBHOOK_SECRET=whsec_... go run yizhan.go verify delivery.txt
//
// 退出码：0 完成；1 被拒绝，须更正；2 用法有误；75 未送达，稍后以同一幂等键再次执行。
// Exit status: 0 done; 1 refused, correct it; 2 usage; 75 not delivered, run it again later with the same key.
package main

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	mathrand "math/rand"
	"net/http"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	scheme    = "YIZHAN2-HMAC-SHA256"
	target    = "/v1/contracts"
	mediaType = "application/json"
	attempts  = 8
	tolerance = 300 * time.Second
)

type text struct{ Zh, En string }

// 答复：记录的结果，或问题代码。An answer: the fate of records, or the code of a problem.
type answer struct {
	Code, Title, Detail string
	Records             []struct {
		Status, Key string
		CodePrinted string `json:"code_printed"`
		Findings    []struct {
			Code, Locator  string
			Reason, Advice text
		}
	}
}

// Go 会自行重发带 Idempotency-Key 的请求，随机数却只能用一次：不复用连接，由下面的循环重发。
// Go itself sends requests with an Idempotency-Key again, and a nonce is good once: no connection is used twice, so
// that the loop below alone sends again.
var client = &http.Client{
	Timeout:       60 * time.Second,
	Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

var chance = mathrand.New(mathrand.NewSource(time.Now().UnixNano()))

// 签好的请求，每次发送都重新签名。A signed request, made anew each time.
func signed(body []byte, key string, ahead time.Duration) (*http.Request, error) {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	timestamp, nonce := strconv.FormatInt(time.Now().Add(ahead).Unix(), 10), hex.EncodeToString(random)
	digest := sha256.Sum256(body)
	query, prefer, ifMatch := "", "", "" // 没有的内容为空行 what is not there is an empty line
	lines := []string{
		scheme, "POST", target, query, timestamp, nonce, key, prefer, mediaType, ifMatch, hex.EncodeToString(digest[:]),
	}
	signature := hex.EncodeToString(mac([]byte(setting("YIZHAN_SECRET")), strings.Join(lines, "\n")))
	url := strings.TrimRight(setting("YIZHAN_URL"), "/") + target
	request, err := http.NewRequest("POST", url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", mediaType)
	request.Header.Set("Idempotency-Key", key)
	request.Header.Set("Authorization", fmt.Sprintf("%s Credential=%s, Timestamp=%s, Nonce=%s, Signature=%s",
		scheme, setting("YIZHAN_KEY_ID"), timestamp, nonce, signature))
	return request, nil
}

// 报送一份文件。幂等键由贵方确定，重发时不变。Push a document; the idempotency key is yours and stays the same.
func push(body []byte, key string) int {
	var ahead time.Duration // 平台时钟比本机快多少 how much their clock is ahead of ours
	var reason string
	hasLearned := false
	for attempt := 1; attempt <= attempts; attempt++ {
		pause := math.Min(30, math.Pow(2, float64(attempt-2))) * (0.5 + chance.Float64()/2)
		request, err := signed(body, key, ahead)
		if err != nil {
			return failed(err)
		}
		response, err := client.Do(request)
		var content []byte
		if err == nil {
			content, err = io.ReadAll(response.Body)
			response.Body.Close()
		}
		if err != nil { // 可能已登记，只能以同一幂等键重发 it may have been stored: the same key again
			reason = err.Error()
		} else {
			var said answer
			_ = json.Unmarshal(content, &said) // 不是 JSON 时为空，例如中间代理的错误页 empty for a proxy's page
			if response.StatusCode < 300 {
				return status(tell(said))
			}
			reason = fmt.Sprintf("%d %s", response.StatusCode, said.Code)
			date, err := http.ParseTime(response.Header.Get("Date"))
			if said.Code == "AUTH-003" && !hasLearned && err == nil { // 以答复的 Date 校准时钟 take their clock
				ahead, hasLearned, pause = time.Until(date), true, 0
			} else if !isRetriable(response.StatusCode) {
				tell(said)
				fmt.Fprintf(os.Stderr, "%s %s：%s\n", reason, said.Title, said.Detail)
				return 1
			}
			if asked, err := strconv.ParseFloat(response.Header.Get("Retry-After"), 64); err == nil {
				pause = asked
			}
		}
		fmt.Fprintf(os.Stderr, "第 %d 次未成 attempt %d: %s\n", attempt, attempt, reason)
		if attempt < attempts {
			time.Sleep(time.Duration(pause * float64(time.Second)))
		}
	}
	fmt.Fprintln(os.Stderr, "未送达，请稍后以同一幂等键再次执行 not delivered, run it again with the same key:", reason)
	return 75
}

func isRetriable(status int) bool {
	switch status {
	case 408, 429, 500, 502, 503, 504, 507:
		return true
	}
	return false
}

// 逐条打印结果，全部入库时为真。Prints the fate of each record; true when all are stored.
func tell(said answer) bool {
	isStored := true
	for _, record := range said.Records {
		isStored = isStored && (record.Status == "accepted" || record.Status == "amended" || record.Status == "unchanged")
		fmt.Println(record.Status, record.Key, record.CodePrinted)
		for _, finding := range record.Findings {
			fmt.Printf("  %s %s %s；%s\n", finding.Code, finding.Locator, finding.Reason.Zh, finding.Advice.Zh)
		}
	}
	return isStored
}

// 核对推送：文件为请求头、空行、正文。Checks a delivery: a file of headers, an empty line, the body.
func verify(delivery []byte) int {
	reader := bufio.NewReader(bytes.NewReader(delivery))
	headers, err := textproto.NewReader(reader).ReadMIMEHeader()
	if err != nil {
		return failed(err)
	}
	body, _ := io.ReadAll(reader) // 正文逐字节原样 the body, byte for byte
	id, timestamp := headers.Get("Webhook-Id"), headers.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if age := time.Since(time.Unix(seconds, 0)); err != nil || age > tolerance || age < -tolerance {
		return failed(errors.New("时间戳过旧，或时钟有误 too old, or a clock is wrong"))
	}
	for _, secret := range strings.Fields(setting("YIZHAN_WEBHOOK_SECRET")) { // 更换密钥期间有两个 two while it is changed
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			return failed(err)
		}
		made := "v1," + base64.StdEncoding.EncodeToString(mac(key, id+"."+timestamp+"."+string(body)))
		for _, signature := range strings.Fields(headers.Get("Webhook-Signature")) {
			if hmac.Equal([]byte(made), []byte(signature)) {
				var event struct{ Type string }
				_ = json.Unmarshal(body, &event)
				fmt.Println("verified", id, event.Type)
				return 0
			}
		}
	}
	return failed(errors.New("签名不符 the signature does not match"))
}

func mac(key []byte, message string) []byte {
	made := hmac.New(sha256.New, key)
	made.Write([]byte(message))
	return made.Sum(nil)
}

func setting(name string) string {
	value := os.Getenv(name)
	if value == "" {
		fmt.Fprintln(os.Stderr, "请设置环境变量 set", name)
		os.Exit(2)
	}
	return value
}

func status(isDone bool) int {
	if isDone {
		return 0
	}
	return 1
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func main() {
	switch {
	case len(os.Args) == 4 && os.Args[1] == "push":
		os.Exit(push(read(os.Args[2]), os.Args[3]))
	case len(os.Args) == 3 && os.Args[1] == "verify":
		os.Exit(verify(read(os.Args[2])))
	}
	fmt.Fprintln(os.Stderr, "用法 usage: push FILE KEY | verify FILE")
	os.Exit(2)
}

func read(file string) []byte {
	content, err := os.ReadFile(file)
	if err != nil {
		os.Exit(failed(err))
	}
	return content
}
