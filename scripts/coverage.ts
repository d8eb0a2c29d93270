import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFile } from '../node/kernel/package-root.js'
import { justify, listUnreached, sumByRoom, type Coverage, type Reason, type RoomCoverage } from './coverage-report.js'

/** The rooms that decide about trust. */
const trusted = ['identity', 'credentials', 'tokens', 'policy', 'access', 'audit', 'stores']
const directory = join('coverage', 'rooms')
/** A room with its unit tests is reached by contracts and policies too. */
const besideUnits = ['test/contracts/', 'test/policies/']
const isTest = (word: string): boolean => word.startsWith('test/')

main(process.argv.slice(2))

/**
 * Runs the tests and says, per room, which part of the lines and branches of `node/` they reach; with rooms given, those of
 * these rooms by their own tests alone, or by the tests below the paths that stand beside the rooms.
 *
 * In the rooms that decide about trust each branch that no test takes is listed. One that needs no test stands with its
 * reason in test/coverage-justified.json. After a run of everything this fails when a branch is neither taken nor
 * justified, and when a reason is not needed any more.
 */
function main(words: readonly string[]): void {
  const rooms = words.filter((word) => !isTest(word))
  const tests = words.filter(isTest)
  const unknown = [...rooms.map((room) => join('node', room)), ...tests].filter(
    (path) => !existsSync(packageFile(path)),
  )
  if (unknown.length > 0 || (tests.length > 0 && rooms.length === 0)) {
    console.error(
      unknown.length > 0 ? `not there: ${unknown.join(', ')}` : 'say of which room: coverage <room> <tests>',
    )
    process.exitCode = 2
    return
  }
  const passed = runTests(rooms, tests)
  const root = packageFile()

  // What the runner of the tests writes.
  const coverage = JSON.parse(readFileSync(packageFile(directory, 'coverage-final.json'), 'utf8')) as Coverage
  // A file of our own, which a test looks at.
  const reasons = JSON.parse(readFileSync(packageFile('test', 'coverage-justified.json'), 'utf8')) as readonly Reason[]

  console.log('\nroom             lines              branches')
  for (const room of sumByRoom(coverage, root)) console.log(rowOf(room))
  const looked = rooms.length === 0 ? trusted : trusted.filter((room) => rooms.includes(room))
  const readLines = (path: string): readonly string[] => readFileSync(path, 'utf8').split('\n')
  const { open, needless } = justify(listUnreached(coverage, root, looked, readLines), reasons, looked)
  console.log(`\nbranches that no test takes, in rooms that decide about trust: ${open.length}`)
  for (const { file, line, text } of open) console.log(`  ${file}:${line}  ${text}`)
  if (rooms.length > 0) {
    process.exitCode = passed ? 0 : 1
    return
  }
  for (const { file, text } of needless) console.log(`  a reason that is not needed: ${file}  ${text}`)
  process.exitCode = passed && open.length + needless.length === 0 ? 0 : 1
}

function runTests(rooms: readonly string[], tests: readonly string[]): boolean {
  const own = rooms.length === 0 ? [] : [...rooms.map((room) => `test/unit/${room}/`), ...besideUnits]
  const which = tests.length === 0 ? own : tests
  const collect = rooms.length === 0 ? ['node/**/*.ts'] : rooms.map((room) => `node/${room}/**/*.ts`)
  const { status } = spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      packageFile('node_modules', 'jest', 'bin', 'jest.js'),
      ...which,
      '--coverage',
      '--coverageReporters=json',
      `--coverageDirectory=${directory}`,
      ...collect.map((files) => `--collectCoverageFrom=${files}`),
      '--maxWorkers=2',
      '--silent',
    ],
    { stdio: 'inherit', cwd: packageFile() },
  )
  return status === 0
}

function rowOf({ room, lines, branches }: RoomCoverage): string {
  const share = ({ reached, all }: RoomCoverage['lines']): string =>
    `${((100 * reached) / Math.max(all, 1)).toFixed(1).padStart(5)} % of ${String(all).padStart(5)}`
  return `${room.padEnd(16)} ${share(lines)}   ${share(branches)}`
}
