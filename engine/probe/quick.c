/* The usual call of `send`, `sendall` or `recv`, recorded without running Python code for it.

   A Method takes the place of one of the wrappers in movers.py, in the class of observed sockets. It takes the same steps
   in the same order, for the call that is made most: the socket is ours, its one argument is bytes or a size, it is made
   from where the last one was, the process is not held, and it succeeds. Every other call it leaves to the wrapper as it
   came. It is compiled where there is a compiler (hatch_build.py), for Linux: `monotonic_ns` is CLOCK_MONOTONIC there. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define RING_VERSION 3 /* of the records it writes; layout.VERSION */

/* What is known of the last call on a socket: `Known` in movers.py. */
enum { KNOWN_OP, KNOWN_CODE, KNOWN_INSTRUCTION, KNOWN_ASKED, KNOWN_OFFSET, KNOWN_CALL, KNOWN_SITE, KNOWN_LENGTH };

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *wrapper;  /* makes the calls that are not usual */
    PyObject *original; /* the method of _socket.socket */
    PyObject *known;    /* the name under which a socket keeps what is known */
    PyObject *ring, *local;
    PyObject *in_full; /* (sock, data, began, ended, count, asked, site): writes a record that is not usual */
    PyObject *failed;  /* (sock, began, asked, site, error): writes the record of a call that raised */
    long op;
    int sends;
    /* From layout.py. */
    Py_ssize_t HOLD_AT, BEGAN_AT, RECORDS_AT, SLOTS, SLOT, SMALL, READABLE, LENGTH_AT;
} Method;

static PyObject *name_limit, *name_local, *name_memory, *name_numbers, *name_offset, *name_wait;

/* `ring.local.offset`, the place of this thread's slot, once it is known; a forked child's thread gets another. */
static _Thread_local Py_ssize_t slot_of_thread = -1;

static void forget_slot(void)
{
    slot_of_thread = -1;
}

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The ring's memory as it is now: a fork, or a reader that has gone, gives the ring another. 0, or -1 and an exception. */
static int open_memory(Method *method, Py_buffer *memory)
{
    PyObject *mapped = PyObject_GetAttr(method->ring, name_memory);
    if (mapped == NULL)
        return -1;
    int outcome = PyObject_GetBuffer(mapped, memory, PyBUF_WRITABLE);
    Py_DECREF(mapped);
    return outcome;
}

/* An attribute that is an int; -1 when it is missing or none. Never leaves an exception. */
static Py_ssize_t int_attribute(PyObject *object, PyObject *name)
{
    PyObject *value = PyObject_GetAttr(object, name);
    Py_ssize_t number = value == NULL ? -1 : PyLong_AsSsize_t(value);
    Py_XDECREF(value);
    if (number == -1)
        PyErr_Clear();
    return number;
}

/* How many bytes the call asks for; -1 when its argument is not a usual one. */
static Py_ssize_t asked_for(Method *method, PyObject *argument)
{
    if (method->sends)
        return PyBytes_CheckExact(argument) ? PyBytes_GET_SIZE(argument) : -1;
    if (!PyLong_CheckExact(argument))
        return -1;
    Py_ssize_t size = PyLong_AsSsize_t(argument);
    if (size == -1)
        PyErr_Clear();
    return size;
}

static Py_ssize_t thread_slot(Method *method)
{
    if (slot_of_thread < 0)
        slot_of_thread = int_attribute(method->local, name_offset);
    return slot_of_thread;
}

/* Is the program at the place the last call was made from? */
static int same_place(PyObject *known)
{
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    if (frame == NULL)
        return 0;
    PyCodeObject *code = PyFrame_GetCode(frame);
    int same = (PyObject *)code == PyTuple_GET_ITEM(known, KNOWN_CODE) &&
               PyFrame_GetLasti(frame) == PyLong_AsLong(PyTuple_GET_ITEM(known, KNOWN_INSTRUCTION));
    Py_DECREF(code);
    Py_DECREF(frame);
    return same;
}

/* What is known of the last call on this socket, when that was the same call in all but its outcome; else NULL. Never
   leaves an exception. */
static PyObject *known_of(Method *method, PyObject *sock, PyObject *argument)
{
    Py_ssize_t asked = asked_for(method, argument);
    PyObject *known = asked < 0 ? NULL : PyObject_GetAttr(sock, method->known);
    if (known == NULL) {
        PyErr_Clear();
        return NULL;
    }
    if (PyTuple_CheckExact(known) && PyTuple_GET_SIZE(known) == KNOWN_LENGTH &&
        PyLong_AsLong(PyTuple_GET_ITEM(known, KNOWN_OP)) == method->op &&
        PyLong_AsSsize_t(PyTuple_GET_ITEM(known, KNOWN_ASKED)) == asked &&
        PyLong_AsSsize_t(PyTuple_GET_ITEM(known, KNOWN_OFFSET)) == thread_slot(method) &&
        same_place(known))
        return known;
    Py_DECREF(known);
    return NULL;
}

/* Write into the thread's slot which call it is about to make. The start of the call, or 0 while the process is held;
   -1 and an exception. */
static int64_t enter(Method *method, PyObject *known)
{
    Py_buffer memory;
    if (open_memory(method, &memory) < 0)
        return -1;
    int64_t began = 0;
    if (!((volatile char *)memory.buf)[method->HOLD_AT]) {
        char *slot = (char *)memory.buf + PyLong_AsSsize_t(PyTuple_GET_ITEM(known, KNOWN_OFFSET));
        PyObject *call = PyTuple_GET_ITEM(known, KNOWN_CALL);
        began = monotonic_ns();
        memcpy(slot, PyBytes_AS_STRING(call), PyBytes_GET_SIZE(call));
        __atomic_thread_fence(__ATOMIC_RELEASE);
        memcpy(slot + method->BEGAN_AT, &began, sizeof began);
    }
    PyBuffer_Release(&memory);
    return began;
}

/* The number of the next record; waits while the ring is full. -1 and an exception. */
static int64_t next_number(Method *method)
{
    PyObject *numbers = PyObject_GetAttr(method->ring, name_numbers);
    PyObject *number = numbers == NULL ? NULL : PyIter_Next(numbers);
    Py_XDECREF(numbers);
    if (number == NULL)
        return -1;
    int64_t index = PyLong_AsLongLong(number);
    if (index > int_attribute(method->ring, name_limit)) {
        PyObject *waited = PyObject_CallMethodOneArg(method->ring, name_wait, number);
        if (waited == NULL)
            index = -1;
        Py_XDECREF(waited);
    }
    Py_DECREF(number);
    return index;
}

/* Put one record into the ring, as layout.RECORD_PACKED has it. 0, or -1 and an exception. */
static int write_record(Method *method, PyObject *data, int64_t began, int64_t ended, int64_t count, PyObject *call)
{
    Py_buffer memory;
    int64_t index = next_number(method);
    if (index < 0 || open_memory(method, &memory) < 0)
        return -1;
    char *record = (char *)memory.buf + method->RECORDS_AT + index % method->SLOTS * method->SLOT;
    char *fields = record + method->SMALL;
    uint16_t length = (uint16_t)(count < method->SMALL ? count : method->SMALL);
    memcpy(record, PyBytes_AS_STRING(data), length);
    memcpy(fields, &began, 8);
    memcpy(fields + 8, &ended, 8);
    memcpy(fields + 16, &count, 8);
    memcpy(fields + 24, PyBytes_AS_STRING(call), PyBytes_GET_SIZE(call));
    memcpy(record + method->LENGTH_AT, &length, sizeof length);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    memcpy(record + method->SLOT - 8, &index, 8);
    PyBuffer_Release(&memory);
    return 0;
}

/* A call that returned: its record, a usual one or one in full. 0, or -1 and an exception. */
static int returned(Method *method, PyObject *const *args, PyObject *result, int64_t began, PyObject *known)
{
    int64_t ended = monotonic_ns();
    PyObject *data = method->sends ? args[1] : result;
    Py_ssize_t whole = PyBytes_GET_SIZE(data);
    Py_ssize_t count = PyLong_CheckExact(result) ? PyLong_AsSsize_t(result) : whole; /* `sendall` returns None */
    if (count == whole && (count <= method->SMALL || count > method->READABLE))
        return write_record(method, data, began, ended, count, PyTuple_GET_ITEM(known, KNOWN_CALL));
    PyObject *written =
        PyObject_CallFunction(method->in_full, "OOLLnOO", args[0], data, (long long)began, (long long)ended, count,
                              PyTuple_GET_ITEM(known, KNOWN_ASKED), PyTuple_GET_ITEM(known, KNOWN_SITE));
    Py_XDECREF(written);
    return written == NULL ? -1 : 0;
}

/* A call that raised: its record. The exception goes on, unless the recording itself raises. */
static void raised(Method *method, PyObject *sock, int64_t began, PyObject *known)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyObject *error = PyErr_GetRaisedException();
#else
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
#endif
    PyObject *told =
        PyObject_CallFunction(method->failed, "OLOOO", sock, (long long)began, PyTuple_GET_ITEM(known, KNOWN_ASKED),
                              PyTuple_GET_ITEM(known, KNOWN_SITE), error);
#if PY_VERSION_HEX >= 0x030C0000
    if (told == NULL)
        Py_DECREF(error);
    else
        PyErr_SetRaisedException(error);
#else
    if (told == NULL) {
        Py_XDECREF(type);
        Py_XDECREF(error);
        Py_XDECREF(traceback);
    } else
        PyErr_Restore(type, error, traceback);
#endif
    Py_XDECREF(told);
}

static PyObject *method_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *names)
{
    Method *method = (Method *)callable;
    PyObject *known = NULL;
    if (names == NULL && PyVectorcall_NARGS(nargsf) == 2)
        known = known_of(method, args[0], args[1]);
    if (known == NULL)
        return PyObject_Vectorcall(method->wrapper, args, nargsf, names);
    PyObject *result = NULL;
    int64_t began = enter(method, known);
    if (began == 0)
        result = PyObject_Vectorcall(method->wrapper, args, nargsf, names);
    else if (began > 0) {
        result = PyObject_Vectorcall(method->original, args, nargsf, names);
        if (result == NULL)
            raised(method, args[0], began, known);
        else if (returned(method, args, result, began, known) < 0)
            Py_CLEAR(result);
    }
    Py_DECREF(known);
    return result;
}

/* As a function's: looked up on a socket it becomes a bound method. */
static PyObject *method_get(PyObject *self, PyObject *sock, PyObject *type)
{
    (void)type;
    return sock == NULL || sock == Py_None ? Py_NewRef(self) : PyMethod_New(self, sock);
}

/* What its wrapper is called. */
static PyObject *method_text(PyObject *self, void *name)
{
    return PyObject_GetAttrString(((Method *)self)->wrapper, name);
}

static PyObject *method_repr(PyObject *self)
{
    return PyObject_Repr(((Method *)self)->wrapper);
}

static int read_layout(Method *method, PyObject *layout)
{
    const struct {
        const char *name;
        Py_ssize_t *number;
    } names[] = {
        {"HOLD_AT", &method->HOLD_AT},   {"BEGAN_AT", &method->BEGAN_AT}, {"RECORDS_AT", &method->RECORDS_AT},
        {"SLOTS", &method->SLOTS},       {"SLOT", &method->SLOT},         {"SMALL", &method->SMALL},
        {"READABLE", &method->READABLE}, {"LENGTH_AT", &method->LENGTH_AT},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        PyObject *value = PyObject_GetAttrString(layout, names[i].name);
        if (value == NULL)
            return -1;
        *names[i].number = PyLong_AsSsize_t(value);
        Py_DECREF(value);
    }
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *method_new(PyTypeObject *type, PyObject *args, PyObject *named)
{
    static char *names[] = {"wrapper", "original", "known",   "ring",   "layout",
                            "op",      "sends",    "in_full", "failed", NULL};
    PyObject *wrapper, *original, *known, *ring, *layout, *in_full, *failed;
    long op;
    int sends;
    if (!PyArg_ParseTupleAndKeywords(args, named, "OOUOOlpOO", names, &wrapper, &original, &known, &ring, &layout, &op,
                                     &sends, &in_full, &failed))
        return NULL;
    PyObject *local = PyObject_GetAttr(ring, name_local);
    Method *method = local == NULL ? NULL : (Method *)type->tp_alloc(type, 0);
    if (method == NULL || read_layout(method, layout) < 0) {
        Py_XDECREF(local);
        Py_XDECREF(method);
        return NULL;
    }
    method->vectorcall = method_vectorcall;
    method->wrapper = Py_NewRef(wrapper);
    method->original = Py_NewRef(original);
    method->known = Py_NewRef(known);
    PyUnicode_InternInPlace(&method->known);
    method->ring = Py_NewRef(ring);
    method->local = local;
    method->in_full = Py_NewRef(in_full);
    method->failed = Py_NewRef(failed);
    method->op = op;
    method->sends = sends;
    return (PyObject *)method;
}

static PyMemberDef method_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Method, vectorcall), READONLY, NULL},
    {NULL},
};

static PyGetSetDef method_texts[] = {
    {"__name__", method_text, NULL, NULL, "__name__"},
    {"__qualname__", method_text, NULL, NULL, "__qualname__"},
    {"__doc__", method_text, NULL, NULL, "__doc__"},
    {NULL},
};

/* Methods live as long as the class of observed sockets, which is as long as the process: nothing frees what they refer
   to. LOAD_METHOD need not make a bound method of one (Py_TPFLAGS_METHOD_DESCRIPTOR). */
static PyTypeObject MethodType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "quick.Method",
    .tp_basicsize = sizeof(Method),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(Method, vectorcall),
    .tp_call = PyVectorcall_Call,
    .tp_descr_get = method_get,
    .tp_repr = method_repr,
    .tp_members = method_members,
    .tp_getset = method_texts,
    .tp_new = method_new,
};

static struct PyModuleDef quick = {PyModuleDef_HEAD_INIT, .m_name = "quick", .m_size = -1};

PyMODINIT_FUNC PyInit_quick(void)
{
    const struct {
        PyObject **place;
        const char *text;
    } names[] = {
        {&name_limit, "limit"},     {&name_local, "local"},   {&name_memory, "memory"},
        {&name_numbers, "numbers"}, {&name_offset, "offset"}, {&name_wait, "wait"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if ((*names[i].place = PyUnicode_InternFromString(names[i].text)) == NULL)
            return NULL;
    if (pthread_atfork(NULL, NULL, forget_slot) != 0)
        return PyErr_NoMemory();
    PyObject *module = PyType_Ready(&MethodType) < 0 ? NULL : PyModule_Create(&quick);
    if (module == NULL || PyModule_AddIntConstant(module, "RING_VERSION", RING_VERSION) < 0 ||
        PyModule_AddObjectRef(module, "Method", (PyObject *)&MethodType) < 0) {
        Py_XDECREF(module);
        return NULL;
    }
    return module;
}
