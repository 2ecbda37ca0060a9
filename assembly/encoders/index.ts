/**
 * The encoders: which one writes the entries that decode() or decodeMore() gave out. The host calls startEncoder() once,
 * and for each list of entries beginEncoding(), and encode() until it returns 0; at the end of the trace endEncoding().
 *
 * To add an encoder: its file, its ENCODER_, its lines in the functions here.
 */
import { entriesAddress, entriesBytes } from "../decoders/index";
import { encodeLackey, lackeyTo, resetLackeyText } from "./lackey";
import { resetLosses } from "./losses";
import { OUTPUT } from "./output";

export const ENCODER_LACKEY: u32 = 0;

/** An ENCODER_. */
let encoder: u32 = ENCODER_LACKEY;
/** The entries that are still to be encoded. */
let at: usize = 0;
let end: usize = 0;

/** Where encode() leaves what it has written. */
export function outputAddress(): usize {
  return OUTPUT;
}

/** Starts a trace that `which`, an ENCODER_, writes. */
export function startEncoder(which: u32): void {
  encoder = which;
  at = 0;
  end = 0;
  resetLosses();
  if (which == ENCODER_LACKEY) resetLackeyText();
}

/** Has the entries that were given out last be encoded next. */
export function beginEncoding(): void {
  at = entriesAddress();
  end = at + entriesBytes();
}

/** Encodes as many of the entries as there is room for, and returns the bytes written; 0: there are no more entries. */
export function encode(): u32 {
  let out = OUTPUT;
  while (at < end && out == OUTPUT) out = encodeOn();
  return <u32>(out - OUTPUT);
}

function encodeOn(): usize {
  const out = encodeLackey(at, end, OUTPUT);
  at = lackeyTo;
  return out;
}
