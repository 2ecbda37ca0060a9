/** Hit rates of machines as bars. */
import { hitRateSentences, hitRatesOf, hitRatesTable } from "../../report/hit-rates.ts";
import { hitRatesSvg } from "../../report/hit-rates-svg.ts";
import { jsonPieces } from "../../report/json.ts";
import type { NamedRun } from "../../report/named-run.ts";
import { h } from "../dom.ts";
import { SVG_TYPE, saveText, sizeOf, svgDownloads } from "../download.ts";
import { createFrame } from "./frame.ts";
import type { Picture } from "./pictures.ts";

/** Hit rates of every run as bars. */
export function createHitRatesPicture(): Picture<readonly NamedRun[]> {
  let runs: readonly NamedRun[] = [];
  const svg = () => hitRatesSvg(hitRatesOf(runs));
  // Not in the page's own document: the picture's style sheet is the picture's, and the page allows none but its own.
  const image = h("img", { class: "picture-image", alt: "" });
  const frame = createFrame({
    title: "Hit rates",
    body: [image],
    tables: () => [hitRatesTable(hitRatesOf(runs))],
    downloads: {
      CSV: async () => {
        const { runCsv } = await import("../../report/csv.ts");
        await saveText("pagewalk-hit-rates.csv", [runCsv(runs.map(({ run }) => run))]);
      },
      JSON: () => saveText("pagewalk-hit-rates.json", jsonPieces(runs.map(tlbsOf))),
      ...svgDownloads("pagewalk-hit-rates", async () => svg()),
    },
  });
  return {
    element: frame.element,
    show(shown) {
      runs = shown;
      URL.revokeObjectURL(image.src);
      const picture = svg();
      const { width, height } = sizeOf(picture);
      image.width = width; // so that nothing moves when it appears
      image.height = height;
      image.src = URL.createObjectURL(new Blob([picture], { type: SVG_TYPE }));
      image.alt = `Hit rates. ${hitRateSentences(hitRatesOf(runs)).join(" ")}`;
      frame.refresh({ isEmpty: runs.length === 0 });
    },
  };
}

/** What of a run is hit rates. */
function tlbsOf({ machine, run }: NamedRun): object {
  return { machine, trace: run.trace, config: run.config, tlbs: run.tlbs };
}
