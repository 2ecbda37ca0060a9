/** The likely causes of bad traces, in words: the only place that has them. */

/** Why a trace is bad. Those that say what a file `is` are found by its first bytes. */
export interface CauseWords {
  /** What the file is instead of a trace, to stand behind its name. */
  is?: string;
  /** What happened. */
  likely: string;
  /** What to do about it. */
  advice: string;
}

const DECOMPRESS = "decompress it once first";
const twice = (inner: string): CauseWords => ({
  is: `is compressed twice (${inner} inside)`,
  likely: `a file that was already compressed by ${inner} was compressed again`,
  advice: DECOMPRESS,
});
const RECORD_FIRST = "record its accesses first: valgrind --tool=lackey --trace-mem=yes --log-file=trace.lk PROGRAM";

export const CAUSE_WORDS = {
  "tar-archive": {
    is: "is a tar archive",
    likely: "the file is an archive with traces in it",
    advice: "extract the trace first: tar -xOf FILE MEMBER | pagewalk … -",
  },
  "utf-16": {
    is: "is UTF-16 text, as PowerShell writes it",
    likely: "the output of the recorder was redirected by PowerShell",
    advice: "convert it to UTF-8 first",
  },
  "byte-order-mark": {
    is: "begins with a UTF-8 byte-order mark, which hides its first record",
    likely: "an editor or PowerShell saved the text with a byte-order mark",
    advice: "remove the first 3 bytes: tail -c +4 FILE | pagewalk … -",
  },
  "elf-file": {
    is: "is a program or library (ELF), not a trace of one",
    likely: "the program was given instead of its trace",
    advice: RECORD_FIRST,
  },
  "elf-of-other-machine": {
    is: "is a program or library (ELF) for another architecture than x86-64, not a trace of one",
    likely: "the program was given instead of its trace",
    advice: RECORD_FIRST,
  },
  "gzip-twice": twice("gzip"),
  "zstd-twice": twice("zstd"),
  "xz-twice": twice("xz"),
  "git-lfs-pointer": {
    is: "is a Git LFS pointer, which stands for the trace",
    likely: "the repository was cloned without Git LFS, or downloaded as an archive",
    advice: "fetch the file itself: git lfs pull",
  },
  "html-page": {
    is: "is an HTML page",
    likely: "the server answered the download with a page: an error, a login, or one about the file",
    advice: "download it again, with the address of the file itself (curl --fail tells of errors)",
  },
  "pagewalk-experiment": {
    is: "is an experiment of pagewalk",
    likely: "an experiment was given where a trace or a plan should be",
    advice: "make a plan of it, and sweep that: pagewalk plan FILE",
  },
  "pagewalk-plan": {
    is: "is a plan of pagewalk",
    likely: "a plan was given where a trace should be",
    advice: "do its units, of one plan at a time: pagewalk sweep PLAN",
  },
  "pagewalk-json": {
    is: "is JSON of pagewalk itself",
    likely: "a result or a description was given where a trace should be",
    advice: "give the trace that it tells of; for results there are pagewalk report and pagewalk diff",
  },
  "json-answer": {
    is: "is JSON",
    likely: "the server answered the download with a message",
    advice: "read it, and download the trace again (curl --fail tells of errors)",
  },
  "incomplete-download": {
    likely: "the compressed file was cut off: a download or copy was not finished, or the disk was full",
    advice:
      "compare its size with the original and get it again, or keep what is there: pagewalk info FILE --repair OUT",
  },
  "damaged-file": {
    likely: "bytes of the compressed file were changed: a copy in text mode, a bad disk, or something was appended",
    advice: "compare its checksum with the original and get it again; records before the error may be damaged, too",
  },
  "container-cut-off": {
    likely: "the file was cut off: writing, copying or a download of it was not finished, or the disk was full",
    advice:
      "compare its size with the original and get it again, or keep the whole blocks before: " +
      "pagewalk info FILE --repair OUT.pwt",
  },
  "damaged-block": {
    likely: "bytes of the file were changed after it was written: a copy in text mode, or a bad disk or memory",
    advice:
      "compare its checksum with the original and get it again, or keep the whole blocks before, whose checksums are " +
      "right: pagewalk info FILE --repair OUT.pwt",
  },
  "disk-full": {
    likely: "zero bytes stand where records should: the disk was full, or the machine stopped before they were written",
    advice: "record it again where there is room, or keep what is good: pagewalk info FILE --repair OUT",
  },
  "cut-off": {
    likely: "the trace was cut off inside a record: recording or copying was stopped, or the disk was full",
    advice: "record it again, or keep what is whole: pagewalk info FILE --repair OUT",
  },
  "program-output": {
    likely: "something else was written into the trace: the output of the recorded program, or of another thread",
    advice:
      "record it again into a file of its own (valgrind --log-file=trace.lk, with the program's output elsewhere), or " +
      "keep what is good: pagewalk info FILE --repair OUT",
  },
  "binary-inside-text": {
    likely: "binary data was written into a trace of text, or its bytes were damaged",
    advice: "record it again, or keep what is good: pagewalk info FILE --repair OUT",
  },
  "shorter-than-window": {
    likely: "the trace is shorter than what was to be skipped and to warm up",
    advice: "use a smaller --skip or --warmup, or a longer trace",
  },
  "no-accesses": {
    likely: "the recorder was run without memory accesses, or the trace is of another format than was said",
    advice: "record it again, with --trace-mem=yes for lackey; without --format the content decides",
  },
} as const satisfies Record<string, CauseWords>;

export type Cause = keyof typeof CAUSE_WORDS;

/** The words for `cause`, the name of one or anything else. */
export function causeWords(cause: string | null): CauseWords | null {
  return cause !== null && Object.hasOwn(CAUSE_WORDS, cause) ? CAUSE_WORDS[cause as Cause] : null;
}

/** What a file is that is no trace, and what to do: both for the message of an error. */
export function impostorWords(cause: Cause): string {
  const { is, advice }: CauseWords = CAUSE_WORDS[cause];
  return `${is ?? "is no trace"}; ${advice}`;
}
