// Numbers and times as people in England write them.
import { describe, expect, it } from 'vitest';
import { html } from '../../../services/page/html.ts';
import {
  counted,
  day,
  dayInTable,
  list,
  moment,
  momentInTable,
  percent,
  points,
} from '../../../services/page/words.ts';

describe('words', () => {
  it('writes days and times in Europe/London', () => {
    expect(day('2026-08-31')).toBe('31 August 2026');
    expect(dayInTable('2026-09-01')).toBe('1 Sep 2026');
    expect(moment('2026-08-31T09:04:00Z')).toBe('31 August 2026 at 10:04am');
    expect(moment('2026-01-31T12:30:00Z')).toBe('31 January 2026 at 12:30pm');
    expect(momentInTable('2026-08-31T23:30:00Z')).toBe('1 Sep 2026, 12:30am');
  });

  it('writes shares, differences and counts', () => {
    expect(percent(0.1864)).toBe('18.6%');
    expect([points(-0.019), points(0.019), points(-0.0002)]).toEqual(['−1.9', '+1.9', '0.0']);
    expect([counted(1, 'council'), counted(1234, 'council')]).toEqual(['1 council', '1,234 councils']);
    expect(list(['a', 'b', 'c'])).toBe('a, b and c');
  });
});

describe('html', () => {
  it('escapes what it is given and keeps what it made', () => {
    const name = `<b>"O'Neil" & co</b>`;
    expect(html`<p title="${name}">${html`<i>${name}</i>`}${null}${false}${0}</p>`.text).toBe(
      '<p title="&lt;b&gt;&quot;O&#39;Neil&quot; &amp; co&lt;/b&gt;"><i>&lt;b&gt;&quot;O&#39;Neil&quot; &amp; co&lt;/b&gt;</i>0</p>',
    );
  });
});
