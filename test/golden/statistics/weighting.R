# Weights that were estimated, with few clusters: Rscript weighting.R SEED FOLDER writes FOLDER/weighting.json and FOLDER/data/weighting-*.csv.
# The committed reference is seed 1 in this folder. No derivative is taken by formula: the weighted difference is a sum of
# c_j(v) y_j, where v counts each row several times in the score's fit and in the means; its slopes in v, taken numerically by
# refitting, are each row's influence as a linear form in y. CR2 and its df then follow from their definitions, n x n.
suppressMessages(library(jsonlite))
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "write-json.R"))
args <- commandArgs(TRUE); seed <- as.integer(args[1]); folder <- args[2]
options(digits = 17); set.seed(seed); dir.create(file.path(folder, "data"), FALSE, TRUE)

# clusters of 1 to about 60 rows, whole in an arm (g) or in both (h); the score is not that which the data were made by
sizes <- c(1, 3, 2 + rgeom(12, .04)); g <- rep(seq_along(sizes), sizes); n <- length(g)
arm <- rep(c(0, 1, 0, 1, 1, 0, 0), length.out = length(sizes))[g]
x <- round(rnorm(n) + .5 * arm, 3); z <- ifelse(runif(n) < .35 + .2 * arm, "b", "a"); k <- round(1000 + 50 * rexp(n) + 20 * arm, 1)
y <- round(3 + .4 * arm + .5 * x + .3 * (z == "b") + .2 * x^2 + rnorm(length(sizes), 0, .3)[g] + rnorm(n), 3)
D <- data.frame(g = paste0("g", g), h = paste0("h", seq_len(n) %% 11), arm, x, z, k, y)
file <- sprintf("weighting-%d-councils.csv", seed); write.csv(D, file.path(folder, "data", file), row.names = FALSE, quote = FALSE)
X <- cbind(1, x, z == "b", (k - 1000) / 50)

score <- function(v) { # Newton's steps on the logistic likelihood, to the last digit
  b <- rep(0, ncol(X))
  for (i in 1:40) { e <- plogis(drop(X %*% b)); b <- b + solve(crossprod(X, v * e * (1 - e) * X), crossprod(X, v * (arm - e))) }
  plogis(drop(X %*% b))
}
weightsBy <- list(
  "iptw-ate" = function(v) { e <- score(v); ifelse(arm == 1, 1 / e, 1 / (1 - e)) },
  "iptw-att" = function(v) { e <- score(v); ifelse(arm == 1, 1, e / (1 - e)) },
  "overlap" = function(v) { e <- score(v); ifelse(arm == 1, 1 - e, e) },
  "entropy" = function(v) { # controls' weights exp(x'l) that meet the treated's means
    C <- sweep(X[, -1], 2, colSums((v * arm * X)[, -1]) / sum(v * arm)); l <- rep(0, ncol(C))
    for (i in 1:60) { w <- (1 - arm) * v * exp(drop(C %*% l)); l <- l - solve(crossprod(C, w * C), crossprod(C, w)) }
    ifelse(arm == 1, 1, exp(drop(C %*% l)))
  })
shares <- function(v, w) { a <- v * w(v); a * arm / sum(a * arm) - a * (1 - arm) / sum(a * (1 - arm)) }
# fourth order; column i is the slope in v_i
slopes <- function(w, h = 2e-3) sapply(seq_len(n), function(i) {
  at <- function(d) { v <- rep(1, n); v[i] <- 1 + d; shares(v, w) }
  (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
})
root <- function(A) { e <- eigen(A, symmetric = TRUE); e$vectors %*% (t(e$vectors) / sqrt(e$values)) }
cases <- list()
for (use in names(weightsBy)) {
  w <- weightsBy[[use]]; c <- shares(rep(1, n), w); M <- t(slopes(w)) / c
  for (cluster in c("g", "h")) {
    L <- sapply(split(seq_len(n), D[[cluster]]), function(r) drop(crossprod(M[r, , drop = FALSE], root(tcrossprod(M[r, , drop = FALSE])) %*% c[r])))
    variance <- sum(crossprod(L, y)^2); df <- sum(L^2)^2 / sum(crossprod(L)^2)
    cases[[length(cases) + 1]] <- list(name = paste("propensity", use, "estimated score, cluster", cluster),
      oracle = paste(R.version.string, "numerical slopes and matrices by hand"), data = file,
      spec = list(method = "propensity", use = use, outcome = "y", arm = "arm", treated = "1", covariates = c("x", "z", "k"), cluster = cluster),
      expect = list("arm|identity|estimate" = sum(c * y), "arm|identity|se" = sqrt(variance), "arm|identity|df" = df), tolerance = 1e-8)
  }
}
write_json(list(seed = seed, r = R.version.string, cases = cases), file.path(folder, "weighting.json"))
