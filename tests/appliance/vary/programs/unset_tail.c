/* Sums a table whose last entries were never written. */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    enum { SIZE = 500, KNOWN = 496 };
    long *table = malloc(SIZE * sizeof *table);
    unsigned long sum = 0;
    if (table == NULL)
        return 2;
    for (int i = 0; i < KNOWN; i++)
        table[i] = i * 7;
    for (int i = 0; i < SIZE; i++)
        sum = sum * 31 + (unsigned long)table[i];
    printf("%lu\n", sum);
    free(table);
    return 0;
}
