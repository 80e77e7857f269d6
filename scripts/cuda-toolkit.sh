#!/usr/bin/env bash
# Makes a CUDA 13.0 toolkit that is enough to compile and link `--features cuda` on a machine without one, from NVIDIA's Python
# wheels, in the folder that is given. The libcuda in it is a stub: a program linked with it starts only where a driver is.
#
#   scripts/cuda-toolkit.sh FOLDER
#   export CUDA_HOME=FOLDER/toolkit CUDA_COMPUTE_CAP=80 PATH=FOLDER/toolkit/bin:$PATH LIBRARY_PATH=FOLDER/toolkit/lib64
set -euo pipefail
folder=$(mkdir -p "${1:?usage: scripts/cuda-toolkit.sh FOLDER}" && cd "$1" && pwd)

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet \
    'nvidia-cuda-nvcc==13.0.*' 'nvidia-cuda-runtime==13.0.*' 'nvidia-cuda-cccl==13.0.*' 'nvidia-cuda-crt==13.0.*' \
    'nvidia-nvvm==13.0.*' 'nvidia-curand==10.4.*' 'nvidia-cublas==13.0.*' 'nvidia-cuda-nvrtc==13.0.*'

wheels=$("$folder/venv/bin/python" -c 'import nvidia, os; print(os.path.join(list(nvidia.__path__)[0], "cu13"))')
toolkit=$folder/toolkit
rm -rf "$toolkit"
mkdir -p "$toolkit/lib64"
ln -s "$wheels/bin" "$wheels/include" "$wheels/nvvm" "$toolkit/"
# The linker wants unversioned names; the wheels have only versioned ones.
for library in "$wheels"/lib/*.so.*; do
    name=$(basename "$library")
    ln -sf "$library" "$toolkit/lib64/$name"
    ln -sf "$library" "$toolkit/lib64/${name%%.so.*}.so"
done
for archive in "$wheels"/lib/*.a; do
    ln -sf "$archive" "$toolkit/lib64/"
done
ln -sfn lib64 "$toolkit/lib"

# Every function that the driver's header names, versioned names among them, doing nothing.
grep -ohE '\bcu[A-Z][A-Za-z0-9_]*' "$wheels/include/cuda.h" | sort -u |
    sed 's/.*/int &(void) { return 999; }/' | cc -w -shared -fPIC -x c -o "$toolkit/lib64/libcuda.so.1" -
ln -sf libcuda.so.1 "$toolkit/lib64/libcuda.so"

"$toolkit/bin/nvcc" --version | tail -1
echo "export CUDA_HOME=$toolkit CUDA_COMPUTE_CAP=80 PATH=$toolkit/bin:\$PATH LIBRARY_PATH=$toolkit/lib64"
