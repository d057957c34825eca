/** What is asked before a chat: the form of the configuration. */
import type { Answers, Field } from '../chat/model';
import type { Config, Question } from '../config';
import type { Speech, Words } from '../words';
import { TEXT_LENGTH_MAX } from './composer';
import { attribute, make, write } from './dom';

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/u;
const ANSWER_LENGTH_MAX = 200;

interface Row {
  question: Question;
  control: Control;
  mistake: HTMLElement;
}

export class Questions {
  readonly element: HTMLFormElement;
  private rows: Row[] = [];
  private words: Words | undefined;
  private built = '';
  private remembered: Answers = {};

  constructor(
    private readonly answered: (answers: Answers) => void,
    drafted: (draft: string) => void,
  ) {
    this.element = make('form', { class: 'questions', novalidate: true, onsubmit: (event) => this.submit(event), oninput: () => drafted(this.answers().question ?? '') });
  }

  show(config: Config, answers: Answers, draft: string, problem: boolean, speech: Speech): void {
    const { words } = speech;
    this.words = words;
    const asked = config.open ? config.form : config.form_closed;
    const now = JSON.stringify([asked, config.open, problem, speech.locale, config.departments]);
    if (now === this.built) return;
    const given = this.built === '' ? { ...this.remembered, ...answers, question: draft } : this.answers();
    this.built = now;
    this.rows = asked.map((question) => row(question, given[question.field] ?? '', config.departments, words));
    this.element.replaceChildren(
      ...(problem ? [make('p', { class: 'problem', role: 'alert' }, words.problem)] : []),
      ...this.rows.map(({ question, control, mistake }) => labelled(question, control, mistake, words)),
      make('button', { type: 'submit', class: 'primary' }, config.open ? words.start : words.startClosed),
    );
  }

  focus(): void {
    (this.rows.find(({ control }) => control.value === '') ?? this.rows[0])?.control.focus();
  }

  /** For another chat: who the guest is, without the question. */
  forget(): void {
    const { question: _, ...others } = this.answers();
    this.remembered = others;
    this.built = '';
  }

  private answers(): Answers {
    const filled = this.rows.filter(({ control }) => control.value.trim() !== '');
    return Object.fromEntries(filled.map(({ question, control }) => [question.field, control.value.trim()]));
  }

  private submit(event: Event): void {
    event.preventDefault();
    const wrong = this.rows.filter((row) => !this.check(row));
    if (wrong[0]) wrong[0].control.focus();
    else this.answered(this.answers());
  }

  /** Says what is wrong with an answer, below it. */
  private check({ question, control, mistake }: Row): boolean {
    const value = control.value.trim();
    const missing = question.required && value === '';
    const misspelt = question.field === 'email' && value !== '' && !EMAIL.test(value);
    write(mistake, missing ? this.words!.missing : misspelt ? this.words!.noEmail : '');
    attribute(control, 'aria-invalid', missing || misspelt ? 'true' : undefined);
    return !missing && !misspelt;
  }
}

function row(question: Question, value: string, departments: string[], words: Words): Row {
  const id = `field-${question.field}`;
  const common = { id, name: question.field, 'aria-describedby': `${id}-mistake`, 'aria-required': question.required ? 'true' : undefined };
  const control = controlFor(question.field, common, departments, words);
  control.value = value;
  return { question, control, mistake: make('p', { id: `${id}-mistake`, class: 'mistake' }) };
}

function controlFor(field: Field, common: Record<string, string | undefined>, departments: string[], words: Words): Control {
  switch (field) {
    case 'question':
      return make('textarea', { ...common, rows: 4, maxlength: TEXT_LENGTH_MAX, dir: 'auto' });
    case 'department':
      return make('select', common, make('option', { value: '' }, words.choose), ...departments.map((name) => make('option', { value: name }, name)));
    case 'email':
      return make('input', { ...common, type: 'email', autocomplete: 'email', maxlength: ANSWER_LENGTH_MAX });
    case 'name':
      return make('input', { ...common, type: 'text', autocomplete: 'name', maxlength: ANSWER_LENGTH_MAX, dir: 'auto' });
    case 'customer_id':
      return make('input', { ...common, type: 'text', autocomplete: 'off', maxlength: ANSWER_LENGTH_MAX });
  }
}

function labelled(question: Question, control: Control, mistake: HTMLElement, words: Words): HTMLElement {
  const text: Record<Field, string> = {
    name: words.name,
    email: words.email,
    department: words.department,
    customer_id: words.customerNumber,
    question: words.question,
  };
  const optional = !question.required && make('span', { class: 'optional' }, words.optional);
  return make('div', { class: 'row' }, make('label', { for: control.id }, text[question.field], optional), control, mistake);
}
