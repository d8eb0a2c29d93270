import type { OnRegisterChange } from '../access/served-sources.js'
import type { Audit } from '../audit/audit.js'
import { meldingRoutes } from '../http/routes/melding.js'
import type { Route } from '../http/exchange.js'
import type { Parties } from '../identity/parties.js'
import type { Background } from '../kernel/background.js'
import type { Clock } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import type { OnReceived } from '../notifications/inbox-writer.js'
import type { Enqueue } from '../notifications/outbox/enqueue.js'
import { createMeldingDesk, type MeldingDesk } from '../overview/melding/melding-desk.js'
import { createMendMelding } from '../overview/melding/mend-melding.js'
import { createReportFaults, type ReportFaults } from '../overview/melding/report-faults.js'
import { loadMeldingRules, type MeldingRules } from '../overview/melding/rules.js'
import { createTakeMelding } from '../overview/melding/take-melding.js'
import { createNoticeChangedTransitions } from '../overview/transition/note-transitions.js'
import type { Store } from '../stores/contracts.js'
import type { Configuration } from '../../schemas/configuration.js'

/** What meldingen are made of and what happens to them; registers and the inbox need it before there are routes. */
export interface MeldingParts {
  readonly rules: MeldingRules
  readonly desk: MeldingDesk
  readonly reportFaults: ReportFaults
  /** Hears what changes in registers: what was told of a record, and own cases with an indicatie. */
  readonly onChange: OnRegisterChange
  /** Hears what comes in. */
  readonly onReceived: OnReceived
}

/** The part of `compose.ts` for data that is wrong at its source. @throws `config.invalid` for rules that cannot be read */
export function createMeldingParts(deps: {
  readonly store: Store
  readonly clock: Clock
  readonly audit: Audit
  readonly enqueue: Enqueue
}): MeldingParts {
  const mend = createMendMelding(deps)
  const noticeTransitions = createNoticeChangedTransitions(deps)
  return {
    rules: loadMeldingRules(),
    desk: createMeldingDesk(deps),
    reportFaults: createReportFaults(deps),
    onChange: async (...change) => [...(await mend(...change)), ...(await noticeTransitions(...change))],
    onReceived: { name: 'meldingen', operations: createTakeMelding(deps.store) },
  }
}

const countEveryMilliseconds = 60_000

/** What of it is served, and the clock of what waits. */
export function composeMelding(deps: {
  readonly configuration: Configuration
  readonly log: Log
  readonly store: Store
  readonly parties: Parties
  readonly meldingen: MeldingParts
  /** Told how many wait, and how many of those too long. */
  readonly report: (counts: { readonly open: number; readonly overdue: number }) => void
}): { readonly internalRoutes: readonly Route[]; start(background: Background): void } {
  const { configuration, log, meldingen, report } = deps
  const parties = configuration.parties.map(({ subject }) => subject)
  let overdueBefore = 0
  return {
    internalRoutes: meldingRoutes({ ...deps, ...meldingen }),
    start(background) {
      background.every({
        job: 'terms of meldingen',
        intervalMilliseconds: countEveryMilliseconds,
        atOnce: true,
        async run() {
          const counts = await meldingen.desk.count(parties)
          report(counts)
          if (counts.overdue > overdueBefore)
            log.warn('meldingen wait longer than a working day', { count: counts.overdue })
          overdueBefore = counts.overdue
        },
      })
    },
  }
}
