/** What alerts count, and when they fire: from values to values. Time comes with what is asked. */
package dev.cofferdam.controller.alert;
