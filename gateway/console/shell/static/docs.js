// Shows the OpenAPI document that the page names. Requests tried out go to this service only; nothing typed here is kept.
"use strict";

// The viewer's own labels, which it has in English only.
const LABELS = {
  "Authorize": "授权",
  "Authorized": "已授权",
  "Available authorizations": "可用的授权方式",
  "Logout": "取消授权",
  "Close": "关闭",
  "Name:": "名称：",
  "In:": "位置：",
  "Value:": "值：",
  "Servers": "服务器",
  "Computed URL:": "实际地址：",
  "Server variables": "服务器变量",
  "Try it out": "试用",
  "Cancel": "取消",
  "Reset": "重置",
  "Execute": "发送请求",
  "Clear": "清空",
  "Loading...": "正在加载",
  "Parameters": "参数",
  "No parameters": "无参数",
  "Name": "名称",
  "Description": "说明",
  "Request body": "请求正文",
  "Send empty value": "发送空值",
  "Add string item": "增加一项",
  "Available values": "可选值",
  "Default value": "默认值",
  "Example": "示例",
  "Examples": "示例",
  "Examples:": "示例：",
  "Example Value": "示例值",
  "Example Description": "示例说明",
  "Edit Value": "编辑",
  "Schema": "结构",
  "Schemas": "数据结构",
  "Media type": "媒体类型",
  "Controls": "决定请求头",
  "header.": "。",
  "Responses": "响应",
  "Server response": "实际响应",
  "Response body": "响应正文",
  "Response headers": "响应头",
  "Request URL": "请求地址",
  "Request duration": "耗时",
  "Code": "状态码",
  "Details": "详情",
  "Links": "链接",
  "No links": "无",
  "Undocumented": "未在文档中说明",
  "Download": "下载",
  "Download file": "下载文件",
  "Copy to clipboard": "复制",
  "Errors": "错误",
  "Hide": "收起",
  "Show": "展开",
  "Expand all": "全部展开",
  "Collapse all": "全部收起",
  "Expand operation": "展开接口",
  "Collapse operation": "收起接口",
  "Unrecognized response type; displaying content as text.": "响应类型无法识别，按文本显示。",
  "Failed to load API definition.": "接口描述加载失败。",
  "Filter by tag or path": "按分组或路径筛选",
  "Apply credentials": "应用凭证",
  "Remove authorization": "取消授权",
  "auth-bearer-value": "Bearer 凭证",
  "authorization button locked": "已授权",
  "authorization button unlocked": "未授权",
};
const NAMES = ["aria-label", "title", "placeholder"];
const AS_WRITTEN = "pre, code, textarea, .markdown, .opblock-summary-path, .opblock-summary-description";

function inChinese(text) {
  const label = text.trim();
  return Object.hasOwn(LABELS, label) ? text.replace(label, LABELS[label]) : text;
}

function relabelText(node) {
  const said = inChinese(node.data);
  if (said !== node.data && !node.parentElement?.closest(AS_WRITTEN)) node.data = said;
}

function relabelNames(element) {
  for (const name of NAMES) {
    const given = element.getAttribute(name);
    if (given !== null && inChinese(given) !== given) element.setAttribute(name, inChinese(given));
  }
}

function relabel(node) {
  if (node.nodeType === Node.TEXT_NODE) relabelText(node);
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  relabelNames(node);
  for (const child of node.childNodes) relabel(child);
}

const api = document.getElementById("api");

// The viewer draws anew whatever is opened, so that its labels are replaced as they come.
if (document.documentElement.lang.startsWith("zh")) {
  new MutationObserver((changes) => {
    for (const change of changes) {
      change.type === "childList" ? change.addedNodes.forEach(relabel) : relabel(change.target);
    }
  }).observe(api, { subtree: true, childList: true, characterData: true, attributeFilter: NAMES });
}

window.SwaggerUIBundle({
  url: api.dataset.document,
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  persistAuthorization: false,
});
