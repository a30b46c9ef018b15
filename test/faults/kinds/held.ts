/** Milliseconds for which a fault lasts that is not over at once: longer than what a process bears without noticing. */
export const HELD_MS = 8_000;
