/* compile.c - a command that the daemon gives itself: its child compiles (daemon/compiler.h). */
#include "cli/command.h"
#include "daemon/compile_child.h"

#include <unistd.h>

int command_compile(const struct command *self, int argc, char **argv)
{
    (void)self, (void)argc, (void)argv;
    return compile_child(STDIN_FILENO, STDOUT_FILENO);
}
