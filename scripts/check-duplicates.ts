/** Refuses copied code: `node dist/scripts/check-duplicates.js`, from the root of the repository. */
import { findDuplicates } from './duplicates.js'
import { readTree } from './layers/tree.js'

const files = readTree('.', ['node', 'schemas', 'registry-client', 'scripts'], ['.ts'])
const duplicates = findDuplicates(files, { minTokens: 70, minLines: 8 })
for (const { first, second, tokens } of duplicates) {
  const other = `${first.path}:${first.fromLine}-${first.toLine}`
  console.error(`${second.path}:${second.fromLine}-${second.toLine} repeats ${other} (${tokens} tokens)`)
}
console.log(`${files.length} files, ${duplicates.length} duplicates`)
if (duplicates.length > 0) process.exitCode = 1
