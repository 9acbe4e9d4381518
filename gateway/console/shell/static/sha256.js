// SHA-256 (FIPS 180-4) for pages opened over plain http, where browsers offer no crypto.subtle.
"use strict";

window.yizhanSha256 = (() => {
  // The first 32 bits of the fractional parts of square roots (state) and cube roots (rounds) of primes.
  const fraction = (value) => ((value - Math.floor(value)) * 2 ** 32) | 0;
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) {
    if (primes.every((p) => n % p)) primes.push(n);
  }
  const START = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
  const ROUNDS = Int32Array.from(primes, (p) => fraction(Math.cbrt(p)));
  const turn = (x, n) => (x >>> n) | (x << (32 - n));

  function block(state, view, offset, words) {
    for (let i = 0; i < 16; i += 1) words[i] = view.getInt32(offset + 4 * i);
    for (let i = 16; i < 64; i += 1) {
      const a = words[i - 15];
      const b = words[i - 2];
      const low = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
      const high = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
      words[i] = words[i - 16] + low + words[i - 7] + high;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i += 1) {
      const choice = (e & f) ^ (~e & g);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + choice + ROUNDS[i] + words[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + majority) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => {
      state[i] = (state[i] + value) | 0;
    });
  }

  function tail(bytes) {
    const rest = bytes.length % 64;
    const padded = new Uint8Array(rest < 56 ? 64 : 128);
    padded.set(bytes.subarray(bytes.length - rest));
    padded[rest] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
    view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
    return view;
  }

  // The digest of an ArrayBuffer, as an ArrayBuffer.
  return (buffer) => {
    const bytes = new Uint8Array(buffer);
    const state = Int32Array.from(START);
    const words = new Int32Array(64);
    const body = new DataView(buffer);
    const whole = bytes.length - (bytes.length % 64);
    for (let offset = 0; offset < whole; offset += 64) block(state, body, offset, words);
    const end = tail(bytes);
    for (let offset = 0; offset < end.byteLength; offset += 64) block(state, end, offset, words);
    const digest = new DataView(new ArrayBuffer(32));
    state.forEach((value, i) => digest.setInt32(4 * i, value));
    return digest.buffer;
  };
})();
