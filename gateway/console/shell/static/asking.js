// What the pages of the workshop share: asking this service, and documents as Base64.

/** The answer to a JSON object; throws an Error that says what the refusal says. */
export async function ask(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({ title: answer.statusText, problems: [] }));
  throw new Error([told.title, told.detail, ...(told.problems ?? [])].filter(Boolean).join("\n"));
}

/** The bytes of a file or a text as Base64. */
export async function encoded(source) {
  const bytes = typeof source === "string" ? new TextEncoder().encode(source) : new Uint8Array(await source.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}

/** A name for a pasted text, by what it begins with. */
export function nameOf(text) {
  const first = text.trimStart()[0];
  return first === "{" || first === "[" ? "pasted.json" : first === "<" ? "pasted.xml" : "pasted.csv";
}
