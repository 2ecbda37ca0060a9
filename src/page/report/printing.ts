/** What is other on paper: there is nothing to press there, so all has to be open. */

const parts = new Set<(isPrinting: boolean) => void>();

/** Calls `turn` before the page is printed, and after. */
export function onPrint(turn: (isPrinting: boolean) => void): void {
  parts.add(turn);
}

addEventListener("beforeprint", () => {
  for (const turn of parts) turn(true);
});
addEventListener("afterprint", () => {
  for (const turn of parts) turn(false);
});

/** `details` open on paper. */
export function openOnPaper(details: HTMLDetailsElement): HTMLDetailsElement {
  let wasOpen = false;
  onPrint((isPrinting) => {
    if (isPrinting) wasOpen = details.open;
    details.open = isPrinting || wasOpen;
  });
  return details;
}
