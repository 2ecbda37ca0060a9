/**
 * Notices that a worker is gone where no event tells: a browser says nothing when a worker closes itself or is killed.
 * But it takes away the locks that the worker held (Web Locks API), and whoever waits for one of those then gets it.
 * Where there are no locks, as in pages over plain http, such an end goes unnoticed.
 */

/** Holds the lock `name` as long as this thread lives. Resolves, when it is held, with true; with false if it cannot be. */
export function holdForLife(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const hold = async () => {
      await navigator.locks.request(name, () => {
        resolve(true);
        return new Promise<never>(() => undefined);
      });
    };
    hold().catch(() => resolve(false));
  });
}

/**
 * Resolves when the thread that holds the lock `name` is gone; never if that cannot be told, as where two threads of an
 * opaque origin do not share their locks.
 */
export function endOfLife(name: string): Promise<void> {
  return new Promise((resolve) => {
    const wait = async () => {
      const isHeld = await navigator.locks.request(name, { ifAvailable: true }, (lock) => lock === null);
      if (isHeld) await navigator.locks.request(name, () => resolve());
    };
    wait().catch(() => undefined);
  });
}

/** A name that no other lock of this origin has; null where there are no locks. */
export function lockName(): string | null {
  return globalThis.navigator?.locks === undefined ? null : `pagewalk ${crypto.randomUUID()}`;
}
