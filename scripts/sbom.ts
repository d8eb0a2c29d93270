import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { packageFile } from '../node/kernel/package-root.js'
import { readLicences, withoutTools } from './dependencies.js'

/** What npm says beside its answer is about npm. */
const quietly = ['--no-update-notifier', '--loglevel=error']

const sbomSchema = z.looseObject({
  components: z.array(z.looseObject({ name: z.string(), licenses: z.array(z.looseObject({})).optional() })),
})

/** Writes what is in the node that is given out, as CycloneDX: to standard output, or with `--output FILE`. */
const { values } = parseArgs({ options: { output: { type: 'string' } } })
const text = `${JSON.stringify(withReadLicences(sbomSchema.parse(makeSbom())), null, 2)}\n`
if (values.output === undefined) process.stdout.write(text)
else writeFileSync(values.output, text)

/**
 * By npm, of the project without its tools: with `--omit dev` npm 11 also leaves out what the node and its tools share, and
 * with the tools it stops at what one of them says of another. npm names a project after its directory.
 */
function makeSbom(): unknown {
  const aside = mkdtempSync(join(tmpdir(), 'bronnet-sbom-'))
  const project = join(aside, 'bronnet')
  try {
    mkdirSync(project)
    for (const name of ['package.json', 'package-lock.json']) {
      const whole: unknown = JSON.parse(readFileSync(packageFile(name), 'utf8'))
      writeFileSync(join(project, name), JSON.stringify(withoutTools(whole)))
    }
    const words = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only', ...quietly]
    return JSON.parse(execFileSync('npm', words, { cwd: project, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }))
  } finally {
    rmSync(aside, { recursive: true })
  }
}

/** npm gives no licence where a package states it in a file only. */
function withReadLicences(sbom: z.output<typeof sbomSchema>): unknown {
  return {
    ...sbom,
    components: sbom.components.map((one) => {
      const expression = readLicences[one.name]
      return expression === undefined ? one : { ...one, licenses: [{ expression }] }
    }),
  }
}
