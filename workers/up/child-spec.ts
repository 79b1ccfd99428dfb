/** What the supervisor must know of a process to start it, to trust it and to end it. */
export interface ChildSpec {
  /** Also the name of its log file. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Where it listens, for the runtime file. */
  readonly port?: number;
  /** The file that it runs: a missing one is named instead of started. */
  readonly script?: string;
  /**
   * Resolves when the process does its work. When absent, the process says so itself by a line
   * `{"ready":true}` on stdout. The signal aborts when waiting has become pointless.
   */
  readonly probe?: (signal: AbortSignal) => Promise<void>;
  readonly readyWithinMs: number;
  /** How long it may take to end after SIGTERM before it is killed. */
  readonly stopWithinMs: number;
}

/** Children that start together; `afterwards` runs once when all of them are ready for the first time. */
export interface Stage {
  readonly children: readonly ChildSpec[];
  readonly afterwards?: () => Promise<void>;
}

/** What the supervisor tells whoever watches. */
export interface ChildEvents {
  /** A process runs under a new pid, or none any more. */
  readonly onPid: (name: string, pid: number | undefined) => void;
  readonly onReady: (name: string, startMs: number) => void;
  readonly onExit: (name: string, how: string, restartInMs: number) => void;
  /** A line of the child's log of level warning or worse. */
  readonly onWarning: (name: string, text: string) => void;
}
