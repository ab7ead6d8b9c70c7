/** The record of a run, as pure values: names and labels, reasons, audit events and their chains, JSON lines, byte budgets. No I/O, no clock, no client. */
package dev.cofferdam.record;
