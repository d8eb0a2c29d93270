import { readFileSync, writeFileSync } from 'node:fs'
import { packageFile } from '../node/kernel/package-root.js'
import { configurationFields, type ConfigurationField } from '../schemas/configuration-fields.js'

const startMark = '<!-- settings: made by `npm run docs` from schemas/configuration.ts -->'
const endMark = '<!-- end of settings -->'

main()

/** Writes the table of settings into docs/settings.md, or with `--check` fails when it is not the one the schema gives. */
function main(): void {
  const file = packageFile('docs', 'settings.md')
  const present = readFileSync(file, 'utf8')
  const wanted = withTable(present)
  if (process.argv.includes('--check')) {
    if (present === wanted) return
    process.stderr.write('docs/settings.md: the table of settings is out of date: run `npm run docs`\n')
    process.exitCode = 1
    return
  }
  writeFileSync(file, wanted)
}

function withTable(text: string): string {
  const start = text.indexOf(startMark)
  const end = text.indexOf(endMark)
  if (start < 0 || end < start) throw new Error('docs/settings.md has lost the marks around the table of settings')
  return `${text.slice(0, start + startMark.length)}\n\n${table()}\n${text.slice(end)}`
}

function table(): string {
  const rows = configurationFields.map(toRow)
  return ['| setting | default | meaning | variable |', '|---|---|---|---|', ...rows, ''].join('\n')
}

function toRow({ path, default: value, description, variable }: ConfigurationField): string {
  const shown = value === undefined || JSON.stringify(value).length <= 2 ? '' : toCode(value)
  return `| ${toCode(path)} | ${shown} | ${description.replaceAll('|', '\\|')} | ${variable === undefined ? '' : toCode(variable)} |`
}

function toCode(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}
