/** Addresses from the command line and from standard input, in batches. */
import { setTimeout } from "node:timers/promises";
import { ConfigError, messageOf, TraceError } from "../errors.ts";
import { parseAddress } from "../explain/addresses.ts";
import { BATCH_ADDRESSES } from "../explain/explainer.ts";

/** So long nothing new came: what is there is explained, for somebody may wait for it. */
const PAUSE_MS = 50;
/** No line with an address is longer. */
const MAX_LINE = 65_536;

const PAUSED = Symbol("paused");

/** The addresses that `texts` write, those of standard input where one is `-`. Throws ConfigError and TraceError. */
export async function* addressBatches(texts: readonly string[]): AsyncGenerator<bigint[], void> {
  if (texts.filter((text) => text === "-").length > 1) {
    throw new ConfigError("address", "- twice", "standard input once: it can be read only once");
  }
  // Wrong usage is told before anything is explained.
  const sources = texts.map((text) => (text === "-" ? "-" : parseAddress(text)));
  let batch: bigint[] = [];
  for (const source of sources) {
    if (source !== "-") batch.push(source);
    else {
      if (batch.length > 0) yield batch;
      batch = [];
      yield* standardInput();
    }
  }
  if (batch.length > 0) yield batch;
}

/** Addresses, the first word of each line; what follows a # is a comment. */
async function* standardInput(): AsyncGenerator<bigint[], void> {
  try {
    yield* addressesIn(process.stdin.setEncoding("utf8")[Symbol.asyncIterator]() as AsyncIterator<string>);
  } finally {
    process.stdin.destroy(); // or whoever writes would keep the process alive after an error
  }
}

async function* addressesIn(chunks: AsyncIterator<string>): AsyncGenerator<bigint[], void> {
  let batch: bigint[] = [];
  let line = 0;
  let rest = "";
  let next = nextChunk(chunks);
  for (;;) {
    const paused = batch.length === 0 ? null : setTimeout(PAUSE_MS, PAUSED, { ref: false });
    const chunk = await (paused === null ? next : Promise.race([next, paused]));
    if (chunk === PAUSED) {
      yield batch;
      batch = [];
      continue;
    }
    const lines = (rest + (chunk ?? "\n")).split("\n");
    rest = lines.pop() ?? "";
    for (const text of [...lines, ...(rest.length > MAX_LINE ? [rest] : [])]) {
      line++;
      const address = addressIn(text, line);
      if (address instanceof TraceError) {
        if (batch.length > 0) yield batch;
        throw address;
      }
      if (address !== null) batch.push(address);
    }
    if (batch.length >= BATCH_ADDRESSES || (chunk === null && batch.length > 0)) {
      yield batch;
      batch = [];
    }
    if (chunk === null) return;
    next = nextChunk(chunks);
  }
}

/** The next piece; `null` at the end. May be left alone when nobody wants it any more. */
function nextChunk(chunks: AsyncIterator<string>): Promise<string | null> {
  const next = chunks.next().then(
    ({ done, value }) => (done ? null : (value as string)),
    (error: unknown) => {
      throw new TraceError(`cannot be read: ${messageOf(error)}`, { path: "-" }, error);
    },
  );
  next.catch(() => undefined);
  return next;
}

function addressIn(text: string, line: number): bigint | TraceError | null {
  const [word = ""] = text.replace(/#.*/s, "").trim().split(/[\s,]/, 1);
  if (word === "") return null;
  try {
    return parseAddress(word);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const reason = `found ${error.got}; expected an address: ${error.allowed}`;
    return new TraceError(reason, { path: "-", line }, error, "torn-line");
  }
}
