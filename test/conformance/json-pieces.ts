/** Splits text that comes in pieces into the JSON values it holds, without parsing them. */

export interface Splitter {
  /** What a value is called by its number. */
  readonly unit: "line" | "row";
  /** Of the value that is not complete yet. */
  readonly restLength: number;
  /** Takes the next piece of text; returns the values that end in it. */
  push(piece: string): string[];
  /** What is left when there are no more pieces. */
  end(): string[];
  /** After end(): what is wrong with the text around the values, else `null`. */
  fault(): string | null;
}

/** One value a line. */
export class LineSplitter implements Splitter {
  readonly unit = "line";
  #rest = "";

  get restLength(): number {
    return this.#rest.length;
  }

  push(piece: string): string[] {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() as string;
    return lines;
  }

  end(): string[] {
    return [this.#rest];
  }

  fault(): null {
    return null;
  }
}

/** The values of one array. */
export class ArraySplitter implements Splitter {
  readonly unit = "row";
  #rest = "";
  /** Brackets and braces that are open: 1 between the values. */
  #depth = 0;
  #inString = false;
  /** Characters of the next piece that an escape takes. */
  #skip = 0;
  #commas = 0;
  #closed = false;
  #after = "";

  get restLength(): number {
    return this.#rest.length;
  }

  push(piece: string): string[] {
    const values: string[] = [];
    if (this.#closed) {
      this.#after += piece.trim().slice(0, 10);
      return values;
    }
    const text = this.#rest + piece;
    const marks = /["\\[\]{},]/g;
    marks.lastIndex = this.#rest.length + this.#skip;
    this.#skip = 0;
    let start = 0;
    for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
      const { index } = mark;
      const [char] = mark;
      if (this.#inString) {
        if (char === '"') this.#inString = false;
        else if (char === "\\") marks.lastIndex = index + 2;
        if (marks.lastIndex <= text.length) continue;
        this.#skip = 1;
        break;
      }
      if (char === '"') this.#inString = true;
      else if (char === "[" || char === "{") {
        if (++this.#depth === 1) start = index + 1;
      } else if (char === ",") {
        if (this.#depth !== 1) continue;
        values.push(text.slice(start, index));
        this.#commas++;
        start = index + 1;
      } else if (--this.#depth === 0) {
        const value = text.slice(start, index);
        if (this.#commas > 0 || value.trim() !== "") values.push(value);
        this.#closed = true;
        this.#rest = "";
        this.#after = text.slice(index + 1).trim();
        return values;
      }
    }
    this.#rest = text.slice(start);
    return values;
  }

  end(): string[] {
    return [];
  }

  fault(): string | null {
    if (!this.#closed) return "the array has no end";
    return this.#after === "" ? null : "there is more after the array";
  }
}
