/** What a pool and its threads say to each other. */

export interface JobMessage<Job> {
  readonly id: number;
  readonly job: Job;
}

export type AnswerMessage<Answer> =
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly fault: unknown };
