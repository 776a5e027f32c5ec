// Edits of hidden states.

// As the C# record of the same name.
struct RowEdit
{
    int first_row;
    int rows;
    int vector;
    float strength;
};

// One block a row, which takes the edits that hit it in their order.
KERNEL(THREADS) add_to_rows(const float* vectors, const RowEdit* edits, int count, int columns, float* values)
{
    float* row = values + (uint64)blockIdx.x * columns;
    for (int e = 0; e < count; e++)
    {
        RowEdit edit = edits[e];
        if (blockIdx.x - (uint32)edit.first_row < (uint32)edit.rows)
        {
            const float* vector = vectors + (uint64)edit.vector * columns;
            for (int i = threadIdx.x; i < columns; i += THREADS)
            {
                row[i] = fmaf(edit.strength, vector[i], row[i]);
            }
        }
    }
}
