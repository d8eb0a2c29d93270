import { mkdirSync, writeFileSync } from 'node:fs'

/**
 * A jest reporter that writes how the run ended to `coverage/totals.txt`, the last line as `123 passed, 0 failed`.
 *
 * A test file that could not be loaded counts as one failure. A skipped test is no passed test: it gets a line before.
 */
export default class TestTotals {
  onRunComplete(_, results) {
    const skipped = results.numPendingTests + results.numTodoTests
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
    mkdirSync('coverage', { recursive: true })
    writeFileSync(
      'coverage/totals.txt',
      `${skipped > 0 ? `${skipped} skipped\n` : ''}${results.numPassedTests} passed, ${failed} failed\n`,
    )
  }
}
