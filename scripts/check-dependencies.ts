import { readFileSync } from 'node:fs'
import { packageFile } from '../node/kernel/package-root.js'
import { findFaultsOfDependencies } from './dependencies.js'

/** Looks at every package of the lock file: its licence, and whether it was given up. Asks nobody. */
const faults = findFaultsOfDependencies(JSON.parse(readFileSync(packageFile('package-lock.json'), 'utf8')))
for (const fault of faults) process.stderr.write(`${fault}\n`)
process.stdout.write(
  `${String(faults.length)} dependencies that stand in the way of giving the node out under EUPL-1.2\n`,
)
process.exitCode = faults.length === 0 ? 0 : 1
