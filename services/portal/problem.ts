// A problem a reader can cause: a status, a stable code, a sentence that says what to do, and ways on.

export interface WayOn {
  text: string;
  href: string;
}

export class PortalProblem extends Error {
  readonly statusCode: number;
  readonly code: string;
  readonly waysOn: readonly WayOn[];

  constructor(statusCode: number, code: string, message: string, waysOn: readonly WayOn[] = []) {
    super(message);
    this.name = 'PortalProblem';
    this.statusCode = statusCode;
    this.code = code;
    this.waysOn = waysOn;
  }
}
