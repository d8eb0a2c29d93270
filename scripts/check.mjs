/**
 * Runs every `check:` script of package.json, in the order in which they stand there, also after one failed, and ends
 * with a table of what passed and what did not. `npm run check -- types lint` runs only these.
 *
 * Plain JavaScript, because it must also run when nothing compiles.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { performance } from 'node:perf_hooks'

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
const prefix = 'check:'
const known = Object.keys(scripts).filter((name) => name.startsWith(prefix))
const wanted = process.argv.slice(2).map((name) => prefix + name)
const unknown = wanted.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`no such check: ${unknown.join(', ')}; there is ${known.join(', ')}`)
  process.exit(2)
}

// The tools that a script names are in node_modules, also when npm did not start this file.
// eslint-disable-next-line no-restricted-syntax -- passed on, not read as configuration
const env = { ...process.env, PATH: [join(process.cwd(), 'node_modules', '.bin'), process.env.PATH].join(delimiter) }

const results = (wanted.length === 0 ? known : wanted).map((name) => {
  console.log(`\n--- ${name} ---`)
  const began = performance.now()
  const { status } = spawnSync(scripts[name], { shell: true, stdio: 'inherit', env })
  return { name, isGood: status === 0, seconds: (performance.now() - began) / 1000 }
})

console.log('\n--- check ---')
for (const { name, isGood, seconds } of results) {
  console.log(`${isGood ? 'ok    ' : 'FAILED'}  ${name.padEnd(18)} ${seconds.toFixed(1).padStart(6)} s`)
}
const failed = results.filter(({ isGood }) => !isGood).map(({ name }) => name)
console.log(failed.length === 0 ? 'every check passed' : `failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
