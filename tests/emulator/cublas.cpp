// A stand-in for cuBLAS on the CPU: checks what it is told as cuBLAS does, writes it down, and multiplies in double
// precision. Its functions are declared by cuBLAS' own header where the compiler finds that.
#include <sstream>
#include <string>
#include <utility>

#ifdef CUBLAS_HEADER
#include CUBLAS_HEADER
#else
#include <cstddef>
typedef int cublasStatus_t, cublasOperation_t, cublasMath_t, cublasComputeType_t, cublasGemmAlgo_t, cudaDataType;
typedef struct cublasContext *cublasHandle_t;
typedef struct CUstream_st *cudaStream_t;
enum { CUBLAS_STATUS_SUCCESS = 0, CUBLAS_STATUS_NOT_INITIALIZED = 1, CUBLAS_STATUS_INVALID_VALUE = 7,
       CUBLAS_STATUS_EXECUTION_FAILED = 13, CUBLAS_STATUS_NOT_SUPPORTED = 15 };
enum { CUBLAS_OP_N = 0, CUBLAS_OP_T = 1 };
enum { CUDA_R_32F = 0, CUDA_R_16F = 2 };
enum { CUBLAS_COMPUTE_32F = 68, CUBLAS_COMPUTE_32F_FAST_TF32 = 77, CUBLAS_GEMM_DEFAULT = -1 };
#endif

struct cublasContext {
  bool workspace;  // the caller's own, for the stream that was set last
};

static std::string calls;

template <typename... Values>
static void write_down(const char *name, Values... values) {
  std::ostringstream line;
  line << name;
  ((line << ' ' << values), ...);
  calls += line.str() + '\n';
}

// A column-major matrix, transposed where op says so.
template <typename T>
static double at(const void *matrices, cublasOperation_t op, int leading, long long start, int row, int column) {
  if (op == CUBLAS_OP_T) std::swap(row, column);
  return static_cast<double>(static_cast<const T *>(matrices)[start + row + static_cast<long long>(leading) * column]);
}

extern "C" {

const char *stand_in_calls() { return calls.c_str(); }

void stand_in_forget() { calls.clear(); }

const char *cublasGetStatusName(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS: return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
    case CUBLAS_STATUS_NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
    default: return "unrecognized status";
  }
}

cublasStatus_t cublasCreate_v2(cublasHandle_t *handle) {
  *handle = new cublasContext{false};
  write_down("create");
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  if (!handle) return CUBLAS_STATUS_NOT_INITIALIZED;
  handle->workspace = false;
  write_down("stream", reinterpret_cast<size_t>(stream));
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void *workspace, size_t bytes) {
  if (!handle) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (reinterpret_cast<size_t>(workspace) % 256) return CUBLAS_STATUS_INVALID_VALUE;
  handle->workspace = workspace && bytes;
  write_down("workspace", reinterpret_cast<size_t>(workspace), bytes);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  if (!handle) return CUBLAS_STATUS_NOT_INITIALIZED;
  write_down("math", static_cast<int>(mode));
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGemmStridedBatchedEx(
    cublasHandle_t handle, cublasOperation_t opa, cublasOperation_t opb, int m, int n, int k, const void *alpha,
    const void *a, cudaDataType atype, int lda, long long stridea, const void *b, cudaDataType btype, int ldb,
    long long strideb, const void *beta, void *c, cudaDataType ctype, int ldc, long long stridec, int batch,
    cublasComputeType_t compute, cublasGemmAlgo_t algorithm) {
  write_down("gemm", opa ? 'T' : 'N', opb ? 'T' : 'N', m, n, k, lda, stridea, ldb, strideb, ldc, stridec, batch,
             static_cast<int>(compute), reinterpret_cast<size_t>(a), reinterpret_cast<size_t>(b),
             reinterpret_cast<size_t>(c));
  if (!handle) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (m < 0 || n < 0 || k < 0 || batch < 0 || lda < (opa ? k : m) || ldb < (opb ? n : k) || ldc < m || !a || !b || !c)
    return CUBLAS_STATUS_INVALID_VALUE;
  if (atype != btype || atype != ctype || (atype != CUDA_R_32F && atype != CUDA_R_16F) ||
      (compute != CUBLAS_COMPUTE_32F && (compute != CUBLAS_COMPUTE_32F_FAST_TF32 || atype != CUDA_R_32F)) ||
      algorithm != CUBLAS_GEMM_DEFAULT)
    return CUBLAS_STATUS_NOT_SUPPORTED;
  // cuBLAS would take a workspace of its own here, which a captured graph must not see.
  if (!handle->workspace) return CUBLAS_STATUS_EXECUTION_FAILED;
  auto multiply = [&](auto zero) {
    using T = decltype(zero);
    for (long long i = 0; i < batch; i++)
      for (int row = 0; row < m; row++)
        for (int column = 0; column < n; column++) {
          double sum = 0;
          for (int j = 0; j < k; j++)
            sum += at<T>(a, opa, lda, i * stridea, row, j) * at<T>(b, opb, ldb, i * strideb, j, column);
          T &target = static_cast<T *>(c)[i * stridec + row + static_cast<long long>(ldc) * column];
          // As in cuBLAS, a beta of zero means that the target is not read.
          const float add = *static_cast<const float *>(beta), scale = *static_cast<const float *>(alpha);
          target = static_cast<T>(scale * sum + (add ? add * static_cast<double>(target) : 0));
        }
  };
  if (atype == CUDA_R_32F) multiply(0.f);
  else multiply(static_cast<_Float16>(0));
  return CUBLAS_STATUS_SUCCESS;
}

}  // extern "C"
