/** A request the sandbox does not answer, or was told not to answer. */
export class Refusal extends Error {
  readonly status: number;
  readonly param: string | null;
  readonly code: string | null;

  constructor(
    status: number,
    message: string,
    detail: { param?: string | null; code?: string | null } = {},
  ) {
    super(message);
    this.status = status;
    this.param = detail.param ?? null;
    this.code = detail.code ?? null;
  }
}
