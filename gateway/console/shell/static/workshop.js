// The workshop: a folder's texts are edited, and what they make of a sample is shown beside them as one types.
import { ask, encoded, nameOf } from "./asking.js";
import {
  EditorState, EditorView, autocompletion, basicSetup, indentWithTab, keymap, lintGutter, setDiagnostics, yaml,
} from "./vendor/codemirror/codemirror.js";

const QUIET_MS = 350;
const page = document.getElementById("workshop");
const { texts, samples, words } = JSON.parse(page.dataset.state);
const here = page.dataset.here;
const asked = page.dataset.version ? `?version=${page.dataset.version}` : "";
const part = (id) => document.getElementById(id);
const element = (name, text = "", marks = {}) => Object.assign(document.createElement(name), { textContent: text, ...marks });

let open = Object.keys(texts).find((name) => /^target:/m.test(texts[name])) ?? Object.keys(texts)[0];
let mapping = open; // the mapping file that was open last: its kind is tried
let sample = Object.keys(samples)[0] ?? null;
let fields = null; // of the sample and kind, with their candidates
let isSaved = true;

const kindOf = (text) => /^target:\s*([a-z_]+)\.v\d+/m.exec(text)?.[1] ?? null;
const fail = (error) => {
  part("failure").textContent = error ? error.message : "";
  part("failure").hidden = !error;
};

// --- the editor: in a shadow root, whose style sheets the page's policy allows

const completing = (context) => {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const typed = context.matchBefore(/[\w.$@^\u3400-\u9fff/-]*/);
  const offer = (options) => (typed.from === context.pos && !context.explicit ? null : { from: typed.from, options });
  if (/via:\s*\[[^\]]*$/.test(before)) return offer(words.cleaners);
  if (/lookup:\s*[^,}]*$/.test(before)) return offer(words.lists);
  if (/(from|each|sum|count|join):\s*\[?[^\]},]*$/.test(before)) return offer(sources());
  if (/read:\s*\{[^}]*$/.test(before)) return offer(words.read);
  if (/\{[^}:]*$|,\s*\w*$/.test(before)) return offer(words.entry);
  if (/^\w*$/.test(before)) return offer(words.top);
  if (/^\s+[\w.]*$/.test(before)) return offer([...(words.targets[kindOf(texts[open])] ?? []), { label: "each" }, { label: "fields" }]);
  return null;
};
const sources = () => [...new Set((fields ?? []).flatMap((field) => field.candidates.map((each) => each.source)))].map((label) => ({ label }));

// Marks of errors without pictures in the style sheet, which the page's policy refuses.
const LOOKS = EditorView.theme({
  "&": { height: "100%", fontSize: "13px" },
  ".cm-scroller": { overflow: "auto" },
  ".cm-lint-marker-error": { content: '"●"', color: "#a3171b", textAlign: "center" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy #a3171b" },
});
const host = part("editor").attachShadow({ mode: "open" });
const view = new EditorView({ parent: host, root: host });
const states = {};
const stateOf = (name) => (states[name] ??= EditorState.create({
  doc: texts[name],
  extensions: [
    basicSetup, keymap.of([indentWithTab]), lintGutter(), EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": name }),
    LOOKS,
    ...(name.endsWith(".yaml") ? [yaml(), autocompletion({ override: [completing] })] : []),
    EditorView.updateListener.of((update) => update.docChanged && changed(open, update.state.doc.toString())),
  ],
}));

function changed(name, text) {
  texts[name] = text;
  isSaved = false;
  again();
}

function show(name) {
  if (open in states) states[open] = view.state; // with its undo history
  open = name;
  if (kindOf(texts[name]) && mapping !== name) {
    mapping = name;
    rank();
  }
  const isTable = name.endsWith(".csv");
  part("editor").hidden = isTable;
  part("table").hidden = !isTable;
  if (isTable) showTable(name);
  else view.setState(stateOf(name));
  for (const tab of part("tabs").children) tab.setAttribute("aria-selected", String(tab.dataset.name === name));
}

for (const name of Object.keys(texts)) {
  const tab = element("button", name, { type: "button" });
  tab.dataset.name = name;
  tab.setAttribute("role", "tab");
  tab.addEventListener("click", () => show(name));
  part("tabs").append(tab);
}

// --- look-ups as tables

const cells = (text) => [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g)].reduce((rows, [whole, quoted, bare, end]) => {
  if (whole !== "" || end === ",") rows.at(-1).push(quoted?.replaceAll('""', '"') ?? bare);
  if (end !== ",") rows.push([]);
  return rows;
}, [[]]).filter((row) => row.length);
const csv = (rows) => rows.map((row) => row.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",")).join("\n") + "\n";

function showTable(name) {
  const [head, ...rows] = cells(texts[name]);
  const table = element("table");
  const write = () => changed(name, csv([head, ...rows.filter((row) => row.some(Boolean))]));
  table.createTHead().insertRow().append(...head.map((title) => element("th", title, { scope: "col" })));
  const body = table.createTBody();
  const add = (row) => {
    const line = body.insertRow();
    head.forEach((title, at) => {
      const input = element("input", "", { value: row[at] ?? "", ariaLabel: title });
      input.addEventListener("input", () => {
        row[at] = input.value;
        write();
      });
      line.insertCell().append(input);
    });
  };
  rows.forEach(add);
  const more = element("button", page.dataset.add, { type: "button", className: "small" });
  more.addEventListener("click", () => {
    rows.push(head.map(() => ""));
    add(rows.at(-1));
  });
  part("table").replaceChildren(table, more);
}

// --- the sample

function listSamples() {
  part("sample").replaceChildren(...Object.keys(samples).map((name) => element("option", name, { value: name, selected: name === sample })));
}

async function take(name, source) {
  sample = `${page.dataset.own}: ${name}`;
  samples[sample] = await encoded(source);
  listSamples();
  rank();
  await run();
}

part("sample").addEventListener("change", () => {
  sample = part("sample").value;
  rank();
  run();
});
part("own").addEventListener("change", () => part("own").files.length && take(part("own").files[0].name, part("own").files[0]));
part("paste").addEventListener("click", () => {
  part("pasted").hidden = !part("pasted").hidden;
  if (!part("pasted").hidden) part("pasted").focus();
});
part("pasted").addEventListener("input", () => part("pasted").value.trim() && take(nameOf(part("pasted").value), part("pasted").value));
for (const kind of ["dragover", "drop"]) {
  page.addEventListener(kind, (event) => {
    event.preventDefault();
    const [file] = kind === "drop" ? event.dataTransfer.files : [];
    if (file) take(file.name, file);
  });
}

// --- trying

let waiting = 0;
let latest = 0;
const again = () => {
  clearTimeout(waiting);
  waiting = setTimeout(run, QUIET_MS);
};

async function run() {
  if (sample === null) return;
  const mine = ++latest;
  part("busy").hidden = false;
  try {
    const answer = await ask(`${here}/trial`, { files: texts, kind: kindOf(texts[mapping]) ?? "", document: samples[sample] });
    const told = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== latest) return; // something newer is under way
    fail(null);
    for (const name of ["sources", "result"]) {
      const found = told.querySelector(`[data-part=${name}]`);
      if (name === "result" || found.childElementCount) part(name).replaceChildren(...found.childNodes);
    }
    mark(part("result").querySelector("[data-file]"));
  } catch (error) {
    fail(error);
  } finally {
    if (mine === latest) part("busy").hidden = true;
    page.dataset.runs = String(mine);
  }
}

/** The line that is to blame, in the editor and on its tab. */
function mark(flaw) {
  const { file, line } = flaw?.dataset ?? {};
  for (const tab of part("tabs").children) tab.classList.toggle("flawed", tab.dataset.name === file);
  const found = [];
  if (flaw && file === open && line > 0) {
    const at = view.state.doc.line(Math.min(Number(line), view.state.doc.lines));
    found.push({ from: at.from, to: at.to, severity: "error", message: flaw.textContent });
  }
  view.dispatch(setDiagnostics(view.state, found));
}

// --- where a field comes from

async function rank() {
  fields = null;
  const kind = kindOf(texts[mapping]);
  if (sample === null || kind === null) return;
  try {
    const name = sample.split(/[/\\]|: /).at(-1);
    fields = (await (await ask(`${here}/candidates`, { samples: { [name]: samples[sample] }, kind })).json()).fields;
    part("target").replaceChildren(...fields.map((field) => element("option", `${field.required ? "* " : ""}${field.title[document.documentElement.lang === "en" ? "en" : "zh"]} ${field.target}`, { value: field.target })));
  } catch (error) {
    fail(error);
  }
}

function showCandidates() {
  const field = fields?.find((each) => each.target === part("target").value);
  const rows = (field?.candidates ?? []).map((each) => {
    const choose = element("button", "", { type: "button" });
    choose.append(element("code", each.source), element("span", each.score.toFixed(2)), element("small", each.samples.join(" · ")));
    choose.addEventListener("click", () => place(field.target, each));
    const row = element("li");
    row.append(choose);
    return row;
  });
  part("candidates").replaceChildren(...(rows.length ? rows : [element("li", page.dataset.none)]));
}

async function place(target, { entry, each }) {
  try {
    const answer = await (await ask(`${here}/place`, { text: texts[mapping], target, entry, each })).json();
    part("picker").close();
    show(mapping);
    const at = Math.min(answer.line, answer.text.split("\n").length);
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: answer.text } });
    const line = view.state.doc.line(at);
    view.dispatch({ selection: { anchor: line.to }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
    view.focus();
  } catch (error) {
    part("picker").close();
    fail(error);
  }
}

part("result").addEventListener("click", (event) => {
  const pick = event.target.closest("[data-target]");
  if (!pick) return;
  const wanted = fields?.some((each) => each.target === pick.dataset.target);
  if (wanted) part("target").value = pick.dataset.target;
  showCandidates();
  part("picker").showModal();
});
part("target").addEventListener("change", showCandidates);

// --- saving

part("save").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const answer = await ask(`${here}/save${asked}`, { files: texts, note: part("note").value, accept: part("accept").checked });
    isSaved = true;
    location.assign((await answer.json()).location.replace(/\/workshop\?version=/, "#version-"));
  } catch (error) {
    fail(error);
  }
});
window.addEventListener("beforeunload", (event) => isSaved || event.preventDefault());

listSamples();
show(open);
rank();
run();
