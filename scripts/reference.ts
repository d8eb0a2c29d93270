import { exitStatus, exitStatusWords } from '../node/cli/exit-status.js'
import { usageOfCommand } from '../node/cli/usage.js'
import { publicErrors } from '../node/http/errors/table.js'
import { createMetrics } from '../node/http/metrics.js'
import { errorCodes } from '../node/kernel/errors.js'
import { loadEventTypes } from '../node/policy/event-types.js'
import type { EventType } from '../schemas/events.js'
import { auditCodes, type AuditCodeRow } from '../schemas/audit-codes.js'
import { commandTable } from './command-table.js'
import { configurationFields, type ConfigurationField } from '../schemas/configuration-fields.js'

/** The table of `docs/settings.md`. */
export function settingTable(): string {
  return toTable(
    ['setting', 'default', 'meaning', 'variable'],
    configurationFields.map(({ path, default: value, description, variable }: ConfigurationField) => [
      toCode(path),
      value === undefined || JSON.stringify(value).length <= 2 ? '' : toCode(value),
      description,
      variable === undefined ? '' : toCode(variable),
    ]),
  )
}

/** The help of every command. */
export function commandTexts(): string {
  return commandTable
    .map((command) => `### bronnet ${command.name}\n\n\`\`\`text\n${usageOfCommand(command)}\n\`\`\`\n`)
    .join('\n')
}

export function exitStatusTable(): string {
  return toTable(
    ['status', 'meaning'],
    Object.entries(exitStatus).map(([name, status]) => [
      String(status),
      exitStatusWords[name as keyof typeof exitStatus], // The keys of the one are those of the other.
    ]),
  )
}

export function errorTable(): string {
  return toTable(
    ['code', 'in the answer', 'status', 'words'],
    errorCodes.map((code) => {
      const { status, code: shown, words } = publicErrors[code]
      return [toCode(code), toCode(shown), String(status), words]
    }),
  )
}

/** What the journal accounts for. */
export function accountTable(): string {
  return toTable(
    ['event', 'kind', 'actions', 'meaning'],
    Object.entries<AuditCodeRow>(auditCodes).map(([code, { category, actions, title }]) => [
      toCode(code),
      category,
      actions.join(', '),
      title,
    ]),
  )
}

/** What notifications can be about. */
export function notificationTable(): string {
  return toTable(
    ['event type', 'also', 'kind', 'from', 'for', 'meaning', 'sent', 'ground'],
    loadEventTypes().all.map((type) => [
      toCode(type.eventType),
      type.aliases.map(toCode).join(', '),
      `${type.kind}, ${type.notificatieType}`,
      type.senderRoles.join(', '),
      type.receiverRole,
      type.omschrijving,
      sentWhen(type.source),
      `${type.grondslag.text} (${type.grondslag.status})`,
    ]),
  )
}

function sentWhen(source: EventType['source']): string {
  if ('derived' in source)
    return source.derived === 'application'
      ? 'when an application or administrator says so'
      : `by the node (${source.derived})`
  if ('timer' in source) return `${source.timer.days} days before ${source.timer.field} of a ${source.type}`
  return `${source.type} ${source.changes.join(', ')}`
}

/** From the text that the node itself serves. */
export async function metricTable(): Promise<string> {
  const text = await createMetrics({ version: '' }).text()
  const kinds = new Map(Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name = '', kind = '']) => [name, kind]))
  return toTable(
    ['metric', 'kind', 'meaning'],
    Array.from(text.matchAll(/^# HELP (\S+) (.*)$/gm), ([, name = '', help = '']) => [
      toCode(name),
      kinds.get(name) ?? '',
      help,
    ]),
  )
}

function toTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(headings), `|${headings.map(() => '---|').join('')}`, ...rows.map(line), ''].join('\n')
}

function toCode(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}
