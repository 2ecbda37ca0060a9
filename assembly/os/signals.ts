/** The first records of a replay that ended in SIGSEGV. */

/** How many are kept. */
const MAX_SIGNALS: u32 = 16;

@final
@unmanaged
class Signal {
  /** Index of the record, in the order of the replay. */
  record: u64;
  /** Its first byte. */
  address: u64;
  /** A KIND_. */
  kind: u32;
  /** FAULT_NOT_MAPPED or FAULT_FORBIDDEN. */
  answer: u32;
}

const SIGNALS: usize = memory.data(16 * 24, 8);
let count: u32 = 0;

/** Forgets all. */
export function resetSignals(): void {
  count = 0;
}

/** Keeps one, if there is room. */
export function noteSignal(record: u64, address: u64, kind: u32, answer: u32): void {
  if (count == MAX_SIGNALS) return;
  const signal = changetype<Signal>(SIGNALS + <usize>count * offsetof<Signal>());
  signal.record = record;
  signal.address = address;
  signal.kind = kind;
  signal.answer = answer;
  count++;
}

/** How many were kept, and where: SIGNAL_BYTES each. */
export function signalCount(): u32 {
  return count;
}

export function signalsAddress(): usize {
  return SIGNALS;
}

export const SIGNAL_BYTES: u32 = offsetof<Signal>();
export const SIGNAL_RECORD: u32 = offsetof<Signal>("record");
export const SIGNAL_ADDRESS: u32 = offsetof<Signal>("address");
export const SIGNAL_KIND: u32 = offsetof<Signal>("kind");
export const SIGNAL_ANSWER: u32 = offsetof<Signal>("answer");
