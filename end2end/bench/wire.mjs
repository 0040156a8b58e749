// A reader of the wall's wire, after the layout that `model::wire` documents and with none of its code: what the product shows is
// compared with what this reads. It goes into pages as text too, so it stands on its own.

/** The bit of a code that says that a tile is stale; the rest is the status. */
export const STALE = 0x80;

class Reader {
  constructor(bytes, kind, version = 2) {
    this.bytes = bytes;
    this.at = 2;
    if (bytes[0] !== kind.charCodeAt(0) || bytes[1] !== version) throw new Error(`no ${kind} of version ${version}`);
  }

  byte() {
    if (this.at >= this.bytes.length) throw new Error('it ends too early');
    return this.bytes[this.at++];
  }

  /** Times are below 2^53: a double holds them. */
  number() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  signed() {
    const value = this.number();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Eight bytes, the least first, in hexadecimal. */
  long() {
    let text = '';
    for (let count = 0; count < 8; count += 1) text = this.byte().toString(16).padStart(2, '0') + text;
    return text;
  }

  skip(count) {
    this.at += count;
    if (this.at > this.bytes.length) throw new Error('it ends too early');
  }

  skipText() {
    this.skip(this.number());
  }

  end() {
    if (this.at !== this.bytes.length) throw new Error(`${this.bytes.length - this.at} bytes are left`);
  }
}

/** The epoch in hexadecimal, the sequence, and for each tile in the wall's order its slot and its code. */
export function decodeSnapshot(bytes) {
  const input = new Reader(bytes, 'S');
  const epoch = input.long();
  const sequence = input.number();
  input.signed();
  input.skipText();
  for (let left = input.number(); left > 0; left -= 1) {
    input.number();
    input.skip(16);
    input.skipText();
  }
  const count = input.number();
  const slots = new Uint32Array(count);
  for (let index = 0, last = 0; index < count; index += 1) slots[index] = last += input.signed();
  for (let index = 0; index < count; index += 1) input.signed();
  const codes = Uint8Array.from({ length: count }, () => input.byte());
  for (let index = 0; index < count; index += 1) input.signed();
  let names = 0;
  for (let index = 0; index < count; index += 1) names += input.number();
  input.skip(names);
  // The reasons, then who has taken what.
  for (let list = 0; list < 2; list += 1) {
    for (let left = input.number(); left > 0; left -= 1) {
      input.number();
      input.skipText();
    }
  }
  input.end();
  return { epoch, sequence, slots, codes };
}

/** Tells `on` of each change: `status(slot, status)`, `stale(slot, stale)`, and `layout()` when tiles or customers come or go. */
export function decodeFrame(bytes, on) {
  const input = new Reader(bytes, 'F');
  input.signed();
  for (let left = input.number(); left > 0; left -= 1) {
    const kind = input.byte();
    const slot = input.number();
    if (kind === 0x10) {
      input.skip(16);
      input.skipText();
      on.layout();
    } else if (kind === 0x11 || kind === 0x13) {
      on.layout();
    } else if (kind === 0x12) {
      input.number();
      input.skipText();
      input.byte();
      input.signed();
      input.skipText();
      on.layout();
    } else if (kind === 0x14 || kind === 0x15) {
      on.stale(slot, kind === 0x15);
    } else if (kind === 0x16) {
      input.skipText();
    } else if (kind < 7) {
      input.signed();
      input.skipText();
      on.status(slot, kind);
    } else {
      throw new Error(`no change is of the kind ${kind}`);
    }
  }
  input.end();
}

/** Which day it is that is replayed: its edition in hexadecimal, its first and its last moment. */
export function decodeDay(bytes) {
  const input = new Reader(bytes, 'D', 1);
  return { edition: input.long(), from: input.signed(), to: input.signed() };
}

/** A piece of that day: its ends, by slot the code at its beginning (7: not there), and the changes in order. */
export function decodePiece(bytes) {
  const input = new Reader(bytes, 'P', 1);
  input.skip(8);
  const [from, to] = [input.signed(), input.signed()];
  for (let left = input.number(); left > 0; left -= 1) input.skipText();
  const count = input.number();
  const codes = Uint8Array.from({ length: count }, () => input.byte());
  for (let index = 0; index < count; index += 1) input.signed();
  for (let index = 0; index < count; index += 1) input.number();
  let at = from;
  const turns = Array.from({ length: input.number() }, () => ({ at: (at += input.signed()) }));
  for (const turn of turns) turn.slot = input.number();
  for (const turn of turns) turn.code = input.byte();
  for (let index = 0; index < turns.length; index += 1) input.signed();
  for (let index = 0; index < turns.length; index += 1) input.number();
  input.end();
  return { from, to, codes, turns };
}

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
