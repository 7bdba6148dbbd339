"""Naive Bayes models the data, logistic regression only the answer: errors by training size."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


# --8<-- [start:naive-bayes]
class NaiveBayes:
    """p(y) times one Gaussian a feature; both classes share the variances: a linear border."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> "NaiveBayes":
        self.prior = np.bincount(y) / len(y)  # (2,)
        self.mean = np.stack([x[y == c].mean(axis=0) for c in (0, 1)])  # (2, d)
        self.var = ((x - self.mean[y]) ** 2).mean(axis=0) + 1e-9  # (d,)
        return self

    def log_joint(self, x: np.ndarray) -> np.ndarray:
        """ln p(x, y), (n, 2): the whole story of the data, not only of the label."""
        z = (x[:, None] - self.mean) ** 2 / self.var  # (n, 2, d)
        return np.log(self.prior) - 0.5 * (z + np.log(2 * np.pi * self.var)).sum(axis=-1)

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.log_joint(x).argmax(axis=1)  # Bayes' rule; p(x) cancels

    def sample(self, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return rng.normal(self.mean[y], np.sqrt(self.var))  # new data for the labels y


# --8<-- [end:naive-bayes]
if __name__ == "__main__":
    X, Y = load_breast_cancer(return_X_y=True)  # 569 tumours, 30 measurements; 0 is malignant
    sizes, draws = (8, 20, 40, 80, 160, 320), 60
    models = {"naive Bayes": (bayes := NaiveBayes())}
    for c in (1000, 0.1):  # 1 / C is the strength of the regularisation
        models[f"logistic, C = {c}"] = LogisticRegression(C=c, solver="newton-cholesky")
    wrong = np.zeros((len(models), len(sizes), draws))
    for i, seed in np.ndindex(wrong.shape[1:]):
        split = train_test_split(X, Y, train_size=sizes[i], stratify=Y, random_state=seed)
        scale, (x, test_x, y, test_y) = StandardScaler().fit(split[0]), split
        for k, model in enumerate(models.values()):
            guess = model.fit(scale.transform(x), y).predict(scale.transform(test_x))
            wrong[k, i, seed] = (guess != test_y).mean()
    print("tumours to train on" + "".join(f"{n:8}" for n in sizes))
    for name, e in zip(models, wrong.mean(axis=-1), strict=True):
        print(f"{name:19}" + "".join(f"{v:8.1%}" for v in e))
        plt.semilogx(sizes, 100 * e, marker="o", label=name)
    gap = 100 * (wrong[1] - wrong[0])  # in points; both saw the same splits
    print("C = 1000 less Bayes" + "".join(f"{v:+8.1f}" for v in gap.mean(axis=-1)))
    print("  standard error   " + "".join(f"{v:8.1f}" for v in gap.std(axis=-1) / draws**0.5))
    plt.gca().set(xlabel="training tumours", ylabel="% wrong", xticks=sizes, xticklabels=sizes)
    plt.legend()
    plt.savefig("generative_or_discriminative.svg")
    odd = np.full((1, 30), 10.0)  # every measurement ten deviations above the mean
    real, new = (np.logaddexp(*bayes.log_joint(a).T).min() for a in (scale.transform(X), odd))
    print(f"impossible tumour, logistic: malignant, {model.predict_proba(odd)[0, 0]:.0%} sure")
    print(f"impossible tumour, Bayes: ln p(x) = {new:.0f}; lowest of the real: {real:.0f}")
