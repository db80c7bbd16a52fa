/* SPDX-License-Identifier: MIT */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static const int heard[] = {SIGINT, SIGTERM, SIGHUP};
#define N_HEARD (sizeof heard / sizeof *heard)

static volatile sig_atomic_t has_come;
static resnet_trainer *volatile to_cancel;

static void hear(int signal_number)
{
    (void)signal_number;
    has_come = 1;
    resnet_trainer_cancel(to_cancel);
}

static void set_handler(void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, before;
    for (size_t i = 0; i < N_HEARD; i++)
        if (sigaction(heard[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(heard[i], &action, NULL);
}

void interrupt_catch(resnet_trainer *trainer)
{
    to_cancel = trainer;
    set_handler(hear, (int)SA_RESETHAND);
}

void interrupt_release(void)
{
    set_handler(SIG_DFL, 0);
    to_cancel = NULL;
}

int interrupt_came(void)
{
    return has_come;
}

int32_t interrupt_tell(void *user_data, const resnet_progress *now)
{
    (void)user_data;
    (void)now;
    return has_come;
}
