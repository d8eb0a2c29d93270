import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import type { BenchPath } from './bench-path.js'
import { endBench, measurePath, startBench, type Measured, type MeasureOptions } from './measure.js'
import { benchPaths } from './paths.js'
import { createReport, formatReport } from './report.js'

const usage = `Usage: npm run bench [-- --quick] [-- --json] [-- --only TEXT] [-- --directory DIR] [-- --profile DIR]

Measures what the hot paths cost in CPU time, against what they cannot avoid. Nothing else should run meanwhile.

  --quick          fewer and shorter runs, and new credentials only once: three minutes, and rougher
  --json           the report as JSON
  --only TEXT      only paths with TEXT in their name
  --directory DIR  where stores are made and removed again: a real disk, or syncing costs nothing
  --profile DIR    only the node, with a V8 profile of each path in DIR`

await main()

async function main(): Promise<void> {
  const options = parseOptions()
  if (options === undefined) return
  const known = options.quick ? benchPaths.filter(({ quickShare }) => quickShare > 0).map(shorten) : benchPaths
  const paths = known.filter(({ title }) => title.includes(options.only))
  if (paths.length === 0) {
    process.stderr.write(`no path has ${options.only} in its name: ${known.map(({ title }) => title).join(', ')}\n`)
    process.exitCode = 64
    return
  }
  const bench = await startBench()
  const measured: Measured[] = []
  try {
    for (const path of paths) {
      process.stderr.write(`${path.title} …\n`)
      measured.push(await measurePath(bench, path, options.measure))
    }
  } finally {
    await endBench(bench)
  }
  const report = createReport(measured, bench)
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `\n${formatReport(report)}`)
}

function shorten(path: BenchPath): BenchPath {
  const { requests, warmUpRequests, quickShare } = path
  return { ...path, requests: requests * quickShare, warmUpRequests: warmUpRequests * quickShare }
}

interface Options {
  readonly measure: MeasureOptions
  readonly json: boolean
  readonly quick: boolean
  readonly only: string
}

function parseOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        only: { type: 'string', default: '' },
        directory: { type: 'string', default: tmpdir() },
        profile: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (!values.help) {
      const length = values.quick
        ? { runs: 3, scale: 0.5, warmUpScale: 1, patienceSeconds: 3 }
        : { runs: 7, scale: 1, warmUpScale: 1, patienceSeconds: 40 }
      // A profile is about shares, which a busy machine leaves as they are.
      const profile = values.profile === undefined ? {} : { profileDirectory: values.profile, patienceSeconds: 0 }
      return {
        measure: { ...length, directory: values.directory, ...profile },
        json: values.json,
        quick: values.quick,
        only: values.only,
      }
    }
    process.stdout.write(`${usage}\n`)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`)
    process.exitCode = 64
  }
  return undefined
}
