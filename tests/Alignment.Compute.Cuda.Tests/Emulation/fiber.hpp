// A stack of its own and a way to switch to it. On x86-64 a switch saves the registers that calls preserve; elsewhere ucontext does, which costs system calls.
#pragma once
#include <cstdint>
#include <vector>

#if defined(__x86_64__)
extern "C" void fiber_switch(void** saved, void* next);
asm(R"(
    .text
    .globl fiber_switch
    .hidden fiber_switch
    .type fiber_switch, @function
fiber_switch:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
)");

struct Fiber
{
    static constexpr int SavedRegisters = 6;
    static constexpr size_t StackSize = 64 * 1024;
    std::vector<char> stack;
    void* position = nullptr;

    void start(void (*function)())
    {
        stack.resize(StackSize);
        // A function begins with its return address below a multiple of sixteen.
        void** top = (void**)((uintptr_t)(stack.data() + StackSize) & ~(uintptr_t)15);
        void** slots = top - 2 - SavedRegisters;
        for (int i = 0; i < SavedRegisters; i++)
        {
            slots[i] = nullptr;
        }

        slots[SavedRegisters] = (void*)function;
        slots[SavedRegisters + 1] = nullptr;
        position = slots;
    }

    static void change(Fiber& from, Fiber& to) { fiber_switch(&from.position, to.position); }
};
#else
#include <ucontext.h>

struct Fiber
{
    static constexpr size_t StackSize = 64 * 1024;
    std::vector<char> stack;
    ucontext_t context;

    void start(void (*function)())
    {
        stack.resize(StackSize);
        getcontext(&context);
        context.uc_stack.ss_sp = stack.data();
        context.uc_stack.ss_size = StackSize;
        context.uc_link = nullptr;
        makecontext(&context, function, 0);
    }

    static void change(Fiber& from, Fiber& to) { swapcontext(&from.context, &to.context); }
};
#endif
