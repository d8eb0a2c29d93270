/**
 * `npm run image:size`: how large the dependencies of the production image are, from what is installed: packages that only
 * development needs are left out, as the Dockerfile does it. With `--check` it fails when docs/operate.md says otherwise.
 *
 * Plain JavaScript: it looks at node_modules, and must run where nothing is built.
 */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
const installed = Object.entries(packages)
  .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true && existsSync(path))
  .map(([path]) => ({ path, bytes: sizeOf(path) }))
const megabytes = installed.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6

if (process.argv.includes('--check')) {
  const said = /dependencies of the image are (\d+) packages of (\d+) MB/.exec(readFileSync('docs/operate.md', 'utf8'))
  const [, count, size] = (said ?? []).map(Number)
  // What a package has for one platform only may differ a little.
  const isTrue = count === installed.length && Math.abs(size - megabytes) <= 0.05 * megabytes
  if (!isTrue) {
    console.error(`docs/operate.md: the dependencies are ${installed.length} packages of ${megabytes.toFixed(0)} MB`)
    process.exitCode = 1
  }
} else {
  console.log(
    `The dependencies of the image are ${installed.length} packages of ${megabytes.toFixed(0)} MB. The largest:`,
  )
  for (const { path, bytes } of installed.sort((left, right) => right.bytes - left.bytes).slice(0, 15))
    console.log(`${(bytes / 1e6).toFixed(1).padStart(7)} MB  ${path.replace(/^node_modules\//, '')}`)
}

/** Without the packages inside, which count by themselves. */
function sizeOf(path) {
  const found = lstatSync(path)
  if (!found.isDirectory()) return found.size
  return readdirSync(path)
    .filter((name) => name !== 'node_modules')
    .reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}
