/**
 * Refuses imports that break the order of rooms: `node dist/scripts/check-layers.js`, from the root of the repository.
 *
 * With `--write-readmes` it also brings the line "May import" of every room's README up to date.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { findRoomImports, findViolations, mayImportLine } from './layers/rooms.js'
import { readTree } from './layers/tree.js'

const files = readTree('.', ['node', 'schemas', 'registry-client', 'scripts'], ['.ts'])
const violations = findViolations(files)
for (const { path, line, imported, reason } of violations) {
  console.error(
    imported === undefined ? `${path}:${line} ${reason}` : `${path}:${line} imports ${imported} (${reason})`,
  )
}
console.log(`${files.length} files, ${violations.length} imports or files against the order of rooms`)
if (violations.length > 0) process.exitCode = 1

if (process.argv.includes('--write-readmes')) {
  for (const [room, imports] of findRoomImports(files)) {
    const path = `node/${room}/README.md`
    if (!existsSync(path)) continue
    const text = readFileSync(path, 'utf8')
    const updated = text.replace(/^May import: .*$/m, mayImportLine(imports))
    if (updated !== text) writeFileSync(path, updated)
  }
}
