import { addDays } from '../../node/policy/day.js'
import type { Draw } from './draw.js'
import type { RegionPerson, Rows } from './generate-region.js'
import type { Person } from './people.js'

/** How long the lower contribution for the Wlz is paid before the higher one, in days: some four months. */
const lowDays = 122

/**
 * What a person pays for what the other registers say that it has, as the CAK knows it: nothing under eighteen. Mostly what is
 * paid for support ends when the Wlz begins; sometimes nobody had it stopped.
 */
export function addContributions(draw: Draw, { bsn, birthday }: Person, made: RegionPerson): void {
  const contributions: Record<string, unknown>[] = []
  const isAdult = (day: string): boolean => birthday <= addDays(day, -18 * 365 - 5)
  const clientID = draw.uuid()
  const pay = (contribution: Record<string, unknown>, ingangsdatum: string, einddatum: string | null): void =>
    void contributions.push({
      eigenBijdrageID: draw.uuid(),
      clientID,
      ...contribution,
      ingangsdatum,
      einddatum,
      vaststellingMoment: `${ingangsdatum}T07:00:00Z`,
    })
  const wlz = textOf(made.bemiddelingsregister['Bemiddeling'], 'verantwoordelijkheidIngangsdatum')
  if (wlz !== undefined && isAdult(wlz)) {
    const isHigher = draw.chance(60)
    const last = addDays(wlz, lowDays - 1)
    pay({ domein: 'WLZ', soort: 'LAAG', gemeente: null }, wlz, isHigher ? last : null)
    if (isHigher) pay({ domein: 'WLZ', soort: 'HOOG', gemeente: null }, addDays(last, 1), null)
  }
  const decision = made.toewijzingsregister['Besluit']?.find(({ domein }) => domein === 'WMO')
  if (decision !== undefined) {
    const { gemeente, ingangsdatum, einddatum } = decision
    const start = String(ingangsdatum)
    const end = typeof einddatum === 'string' ? einddatum : null
    const isForgotten = draw.chance(30)
    const stopped = wlz === undefined || isForgotten ? end : earlier(end, addDays(wlz, -1))
    if (stopped === null || stopped >= start)
      pay({ domein: 'WMO', soort: 'ABONNEMENTSTARIEF', gemeente }, start, stopped)
  }
  if (contributions.length === 0) return
  made.eigenbijdrageregister['Client'] = [{ clientID, bsn }]
  made.eigenbijdrageregister['EigenBijdrage'] = contributions
}

function textOf(rows: Rows[string] | undefined, key: string): string | undefined {
  const value = rows?.[0]?.[key]
  return typeof value === 'string' ? value : undefined
}

function earlier(end: string | null, other: string): string {
  return end !== null && end < other ? end : other
}
