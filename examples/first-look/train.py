import numpy as np

rng = np.random.default_rng(7)
x = rng.normal(size=(1000, 50))
y = x @ rng.normal(size=50) + rng.normal(size=1000)
w = np.zeros(50)
for _ in range(100):
    w -= 1e-4 * x.T @ (x @ w - y)
np.save("weights.npy", w)
print(f"loss {np.mean((x @ w - y) ** 2):.4f}")
